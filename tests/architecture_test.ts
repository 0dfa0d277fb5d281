import { assert, assertEquals } from "@std/assert";
import {
  filesUnder,
  type SourceFile,
  sourceFile,
} from "./support/source_file.ts";

/** Says what is wrong with a file; nothing when all is well. */
type Rule = (file: SourceFile) => string[];

/** The rooms, each with those that it may import beside itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  main: ["cli"],
  mod: ["beside", "app", "destination", "persona", "ground"],
  cli: ["doctor", "app", "opener", "beside", "persona", "contract", "ground"],
  doctor: ["app", "opener", "beside", "persona", "contract", "ground"],
  app: [
    "beside",
    "http",
    "destination",
    "dispatch",
    "opener",
    "vault",
    "contract",
    "persona",
    "ground",
  ],
  vault: ["contract", "ground"],
  beside: ["contract", "persona", "ground"],
  http: ["beside", "contract", "persona", "ground"],
  dispatch: ["contract", "persona", "ground"],
  opener: ["adapter", "contract", "ground"],
  adapter: ["contract", "persona", "ground"],
  destination: ["contract", "persona", "ground"],
  contract: ["persona", "ground"],
  persona: ["ground"],
  ground: [],
};

/** Folders that are rooms by another name, or several that are one. */
const ROOM_OF_FOLDER: Readonly<Record<string, string>> = {
  store: "contract",
  destinations: "destination",
  config: "beside",
  lines: "beside",
  monitor: "beside",
  views: "beside",
  explain: "persona",
  json: "ground",
  samples: "persona",
  threads: "ground",
  tracing: "ground",
};

/** Files of `lib/` that are no ground to stand on. */
const ROOM_OF_FILE: Readonly<Record<string, string>> = {
  "main.ts": "main",
  "lib/mod.ts": "mod",
  "lib/persona.ts": "mod",
  "lib/store/open_store.ts": "opener",
  "lib/destinations/destination.ts": "contract",
  "lib/destinations/destination_config.ts": "contract",
};

const BARRELS = ["lib/mod.ts", "lib/persona.ts"];

/** The modules that make up the library. */
const PUBLIC = new Set([
  ...BARRELS,
  ...BARRELS.map((path) => Deno.readTextFileSync(path)).join("\n")
    .matchAll(/from "\.(\/.+)"/g).map(([, path]) => `lib${path}`),
]);

function roomOf(path: string): string {
  if (/^lib\/store\/\w+\//.test(path)) return "adapter";
  const [, folder] = /^lib\/(\w+)\//.exec(path) ?? [];
  if (folder === undefined) return ROOM_OF_FILE[path] ?? "ground";
  return ROOM_OF_FILE[path] ?? ROOM_OF_FOLDER[folder] ?? folder;
}

const importsPointOneWay: Rule = ({ path, imports }) => {
  const room = roomOf(path);
  const allowed = ROOMS[room];
  if (!allowed) return [`${room} is no room of the house`];
  return imports.filter((imported) => /^(?:lib\/|main\.ts)/.test(imported))
    .filter((imported) => {
      const other = roomOf(imported);
      return other !== room && !allowed.includes(other);
    }).map((imported) => `imports ${imported}`);
};

const noTestsInProduction: Rule = ({ imports }) =>
  imports.filter((imported) =>
    /(^|\/)tests?\/|_test\.ts$|assert|testing/.test(imported)
  ).map((imported) => `imports ${imported}`);

/** A rule that a pattern stands only in some files. */
function only(pattern: RegExp, isAllowed: (path: string) => boolean): Rule {
  return ({ path, code }) =>
    isAllowed(path)
      ? []
      : (code.match(pattern) ?? []).map((hit) => `has ${hit}`);
}

const nowhere = () => false;

/** A file says what it is at its top, or in the documentation of what it exports. */
const saysWhatItIs: Rule = ({ text }) =>
  /^(?:\/\*\*|\/\/ )/.test(text) || /^ ?\*?.*\*\/\nexport /m.test(text)
    ? []
    : ["says nowhere what it is"];

/** A module of the library has a page of its own in its documentation. */
const hasModuleHeader: Rule = ({ path, text }) =>
  !PUBLIC.has(path) || /^\/\*\*\n(?: \*.*\n)+? \* @module\n \*\/\n/.test(text)
    ? []
    : ["has no @module header"];

const isSmall: Rule = ({ path, text }) => {
  const lines = text.split("\n").length - 1;
  const isGenerated = path.startsWith("lib/persona/generated/");
  return lines > 400 && !isGenerated ? [`has ${lines} lines`] : [];
};

const hasSmallFunctions: Rule = ({ functions }) =>
  functions.filter(({ lines }) => lines > 70).map(({ name, lines }) =>
    `${name} has ${lines} lines`
  );

const isNamedInSnakeCase: Rule = ({ path }) =>
  /^(?:[a-z0-9_]+\/)*[a-z0-9_]+\.ts$/.test(path) ? [] : ["is named otherwise"];

const inCli = (path: string) => path.startsWith("lib/cli/");

/** A module's process is a program of its own, and so is one that uses the library. */
const mayPrint = (path: string) =>
  inCli(path) ||
  /\/(?:module_host|module_watch|capture_output|inbox_log)\.ts$/.test(path);

/** Every rule, with a file that breaks it. */
const RULES: [name: string, rule: Rule, bad: [path: string, text: string]][] = [
  [
    "imports point one way",
    importsPointOneWay,
    ["lib/http/a.ts", 'import { x } from "../store/sqlite/open.ts";'],
  ],
  [
    "imports point one way, re-exports too",
    importsPointOneWay,
    ["lib/persona/a.ts", 'export * from "../config/settings.ts";'],
  ],
  [
    "imports point one way, over several lines",
    importsPointOneWay,
    ["lib/dispatch/a.ts", 'import {\n  x,\n} from "../http/routes.ts";'],
  ],
  [
    "imports point one way, types too",
    importsPointOneWay,
    ["lib/destinations/a.ts", 'import type { Store } from "../app/app.ts";'],
  ],
  [
    "imports point one way, at run time too",
    importsPointOneWay,
    ["lib/log.ts", 'await import("./app/app.ts");'],
  ],
  [
    "imports point one way, workers too",
    importsPointOneWay,
    [
      "lib/http/a.ts",
      'new URL("../store/sqlite/writer_thread.ts", import.meta.url)',
    ],
  ],
  [
    "imports point one way, to adapters by way of open_store.ts alone",
    importsPointOneWay,
    ["lib/app/a.ts", 'import { x } from "../store/sqlite/open.ts";'],
  ],
  [
    "no room but those of the design",
    importsPointOneWay,
    ["lib/utils/a.ts", ""],
  ],
  [
    "production imports no test code",
    noTestsInProduction,
    ["lib/a.ts", 'import { x } from "../tests/support/fake_clock.ts";'],
  ],
  [
    "production imports no assertions",
    noTestsInProduction,
    ["lib/a.ts", 'import { assert } from "@std/assert";'],
  ],
  [
    "only config/ reads the environment",
    only(
      /\bDeno\.env\b|\bprocess\.env\b/g,
      (path) => path.startsWith("lib/config/"),
    ),
    ["lib/app/app.ts", 'Deno.env.get("PORT");'],
  ],
  [
    "only cli/ prints",
    only(/\bconsole\.|\bDeno\.std(?:out|err|in)\b|\bprocess\.std/g, mayPrint),
    ["lib/http/a.ts", "console.error(1);"],
  ],
  [
    "only main.ts ends the process",
    only(
      /\bDeno\.exit(?:Code)?\b|\bprocess\.exit/g,
      (path) => path === "main.ts",
    ),
    ["lib/cli/serve.ts", "Deno.exit(1);"],
  ],
  [
    "only clock.ts and cli/ know the time",
    only(
      /\bDate\.now\b|\bnew Date\b(?!\()|\bnew Date\(\s*\)|\bDate\(\s*\)/g,
      (path) => path === "lib/clock.ts" || inCli(path),
    ),
    ["lib/persona/signature.ts", "const now = new Date();"],
  ],
  [
    "nothing is any",
    only(/(?:[:<|&,(]|\bas|\bextends|=>)\s*any\b(?!\s*[:(])/g, nowhere),
    ["lib/a.ts", "const a: any = 1;"],
  ],
  [
    "nothing is done with a code generator",
    only(/\beval\(|\bnew Function\(/g, nowhere),
    ["lib/a.ts", 'eval("1");'],
  ],
  [
    "no comment turns the compiler off",
    ({ text }) =>
      (text.match(/@ts-\w+|deno-lint-ignore|deno-fmt-ignore/g) ?? []).map((
        hit,
      ) => `has ${hit}`),
    ["lib/a.ts", "// @ts-ignore\n1;"],
  ],
  [
    "every file says what it is",
    saysWhatItIs,
    ["lib/a.ts", "export const a = 1;\n"],
  ],
  [
    "every module of the library has a @module header",
    hasModuleHeader,
    ["lib/mod.ts", "/** An idea. */\nexport const a = 1;\n"],
  ],
  ["no file is longer than 400 lines", isSmall, [
    "lib/a.ts",
    "1;\n".repeat(401),
  ]],
  [
    "no function is longer than 70 lines",
    hasSmallFunctions,
    ["lib/a.ts", `function a() {\n${"  1;\n".repeat(70)}}\n`],
  ],
  [
    "no method is longer than 70 lines",
    hasSmallFunctions,
    ["lib/a.ts", `class A {\n  async a(b) {\n${"    1;\n".repeat(70)}  }\n}\n`],
  ],
  ["files are named in snake case", isNamedInSnakeCase, ["lib/aB.ts", ""]],
];

for (const [name, rule, [path, text]] of RULES) {
  Deno.test(`the house: ${name}`, async () => {
    const broken = rule(sourceFile(path, text));
    assertEquals(broken.length, 1, "the rule must be able to fail");
    const faults: string[] = [];
    for (const file of await filesUnder("lib", "main.ts")) {
      faults.push(...rule(file).map((fault) => `${file.path} ${fault}`));
    }
    assertEquals(faults, []);
  });
}

Deno.test("the house: every file has a room", async () => {
  const files = await filesUnder("lib", "main.ts");
  const rooms = new Set(files.map(({ path }) => roomOf(path)));
  assertEquals([...rooms].sort(), Object.keys(ROOMS).sort());
});

Deno.test("the house: what is compiled in is there, all threads among it", async () => {
  const compile = await Deno.readTextFile(".ci/compile.ts");
  const included = [...compile.matchAll(/--include=([\w/.]+)/g)].map((
    [, path = ""],
  ) => path);
  for (const path of included) assert((await Deno.stat(path)).size > 0, path);
  const files = await filesUnder("lib", "main.ts");
  const threads = files.map(({ path }) => path).filter((path) =>
    path.endsWith("_thread.ts")
  );
  assert(threads.length > 0);
  for (const path of threads) assert(included.includes(path), path);
});
