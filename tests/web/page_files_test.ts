import { assert, assertEquals } from "@std/assert";
import { createPage } from "../../lib/http/page.ts";
import { sourceFile } from "../support/source_file.ts";

const WEB = new URL("../../lib/web/", import.meta.url);
const LINES_MAX = 300;
/** For the compiler alone: no browser asks for it. */
const TYPES = "lib/views/api_types.ts";

const names = Array.from(Deno.readDirSync(WEB), ({ name }) => name).sort();
const texts = new Map(
  names.map((name) => [name, Deno.readTextFileSync(new URL(name, WEB))]),
);
const scripts = [...texts].filter(([name]) => name.endsWith(".js"));

function pathOf(name: string): string {
  return name === "index.html" ? "/" : `/${name}`;
}

Deno.test("createPage() serves every file of the page, and nothing else", async () => {
  const page = createPage();
  for (const [name, text] of texts) {
    const answer = page(pathOf(name));
    assertEquals(await answer?.text(), text, name);
  }
  for (
    const path of [
      "",
      "/index.html",
      "//main.js",
      "/../mod.ts",
      "/%2e%2e/mod.ts",
      "/web/main.js",
      "/MAIN.JS",
      "/toString",
      "/main.js/",
    ]
  ) assertEquals(page(path), undefined, path);
});

Deno.test("createPage() names the type, and makes a new response each time", async () => {
  const page = createPage();
  const types = {
    "/": "text/html; charset=utf-8",
    "/main.js": "text/javascript; charset=utf-8",
    "/base.css": "text/css; charset=utf-8",
    "/icon.svg": "image/svg+xml",
  };
  for (const [path, type] of Object.entries(types)) {
    for (let round = 0; round < 2; round++) {
      const answer = page(path);
      assertEquals(answer?.headers.get("content-type"), type);
      assert((await answer?.text())?.length);
    }
  }
});

Deno.test("the page asks for nothing but its own files", () => {
  for (const [name, text] of texts) {
    const links = [
      ...sourceFile(`lib/web/${name}`, text).imports.map((path) =>
        path.replace("lib/web/", "")
      ),
      ...[...text.matchAll(/<(?:link|script)\b[^>]*(?:href|src)="([^"]+)"/g)]
        .map(([, link = ""]) => link),
      ...name.endsWith(".css") ? text.match(/@import|url\(/g) ?? [] : [],
    ].filter((link) => link !== TYPES);
    for (const link of links) {
      assert(texts.has(link), `${name} asks for ${link}`);
    }
  }
});

Deno.test("the page makes no markup of texts, and leaves nothing behind", () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|localStorage|indexedDB|document\.cookie|console\.|\.cssText|"style"|@ts-ignore|@ts-expect-error|deno-lint-ignore/;
  assert(forbidden.test("console.log(1)"), "it must be able to fail");
  for (const [name, text] of texts) {
    assertEquals(forbidden.exec(text)?.[0], undefined, name);
  }
  const html = texts.get("index.html") ?? "";
  assert(!/\sstyle=|\son[a-z]+=|<style/.test(html));
});

Deno.test("the page is made of small files, each checked by the compiler", async () => {
  const { compilerOptions } = JSON.parse(await Deno.readTextFile("deno.json"));
  assertEquals(compilerOptions.checkJs, true);

  for (const [name, text] of scripts) {
    const file = sourceFile(name, text);
    assert(text.split("\n").length <= LINES_MAX, `${name} is long`);
    assert(!text.includes("@ts-nocheck"), name);
    for (const { name: method, lines } of file.functions) {
      assert(lines <= 70, `${method} of ${name} has ${lines} lines`);
    }
  }
});
