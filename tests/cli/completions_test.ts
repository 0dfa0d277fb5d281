/** Completion scripts, asked by the shells themselves as a person would press Tab. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { FakeIo } from "../support/fake_io.ts";
import { TempDir } from "../support/temp_dir.ts";

async function completions(shell: string): Promise<string> {
  const io = new FakeIo();
  assertEquals(await run(["completions", shell], io), 0, io.err);
  return io.out;
}

function hasShell(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
}

async function outputOf(shell: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(shell, { args }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** The words of a line, and what can be proposed for the last one. */
const TABLE: readonly (readonly [words: string, expected: string])[] = [
  ["ev", "events"],
  ["help sch", "schema"],
  ["send --infl", "--inflection"],
  ["send --inflection s", "snake"],
  ["send inquiry.appr", "inquiry.approved"],
  ["events --status de", "dead"],
  ["events --dest", "--destination"],
  ["completions powe", "powershell"],
  ["--log-l", "--log-level"],
  ["--log js", "json"],
  ["replay --dr", "--dry-run"],
];

Deno.test({
  name: "completions bash completes commands, flags, and values",
  ignore: !hasShell("bash"),
  async fn() {
    const script = await completions("bash");
    const ask = (words: string, count: number) =>
      outputOf(
        "bash",
        "--norc",
        "-c",
        `${script}\nCOMP_WORDS=(persona-inbox ${words}); COMP_CWORD=${count}
        _persona_inbox; echo "\${COMPREPLY[@]}"`,
      );
    for (const [words, expected] of TABLE) {
      const found = (await ask(words, words.split(" ").length)).trim();
      assert(found.split(" ").includes(expected), `${words}: ${found}`);
    }
    // bash takes `--status=do` for three words.
    assertEquals((await ask("events --status = do", 4)).trim(), "done");
    assertEquals((await ask("frobnicate x", 2)).trim(), "");
    assertEquals((await ask("send -f /et", 3)).trim(), "/etc");
  },
});

Deno.test({
  name: "completions fish completes commands, flags, and values",
  ignore: !hasShell("fish"),
  async fn() {
    const script = await completions("fish");
    for (const [words, expected] of TABLE) {
      const found = await outputOf(
        "fish",
        "--no-config",
        "-c",
        `${script}\ncomplete -C 'persona-inbox ${words}'`,
      );
      const names = found.split("\n").map((line) => line.split("\t")[0]);
      assert(names.includes(expected), `${words}: ${found}`);
    }
  },
});

Deno.test({
  name: "completions zsh completes commands, flags, and values",
  ignore: !hasShell("zsh"),
  async fn() {
    await using dir = await TempDir.make();
    await dir.write("_persona-inbox", await completions("zsh"));
    for (const way of ["sourced", "found in $fpath"]) {
      const load = way === "sourced"
        ? `source ${dir.path}/_persona-inbox`
        : "true";
      const fpath = way === "sourced" ? "" : `fpath+=(${dir.path});`;
      const rows = way === "sourced" ? TABLE : TABLE.slice(0, 1);
      for (const [words, expected] of rows) {
        await dir.write(
          "ask.zsh",
          `zmodload zsh/zpty
          zpty asked zsh -f -i
          zpty -w asked "PS1=; ${fpath} autoload -Uz compinit; compinit -D -u; ${load}; bindkey '^I' complete-word; echo REA''DY"
          zpty -r -m asked line '*READY*'
          zpty -w -n asked $'persona-inbox ${words}\\t# '
          zpty -r -m asked line "*${expected.replace(/[*?[\]]/g, "\\$&")}*# *"
          print -r -- "$line"
          zpty -d asked`,
        );
        const args = ["10", "zsh", "-f", `${dir.path}/ask.zsh`];
        const found = await outputOf("timeout", ...args);
        assertStringIncludes(found, expected, `${way}: ${words}`);
      }
    }
  },
});

Deno.test("completions powershell has every command and quotes what it says", async () => {
  const script = await completions("powershell");
  for (const [, expected] of TABLE) {
    assertStringIncludes(script, `'${expected}'`);
  }
  const quotes = script.replace(/#.*$/gm, "").match(/'/g)?.length ?? 0;
  assertEquals(quotes % 2, 0);
  for (const [open, close] of ["()", "{}"].map((pair) => pair.split(""))) {
    const bare = script.replace(/'(?:[^']|'')*'/g, "");
    assertEquals(bare.split(open!).length, bare.split(close!).length);
  }
});

Deno.test("completions refuses another shell, and names those it knows", async () => {
  for (const args of [[], ["tcsh"], ["constructor"]]) {
    const io = new FakeIo();
    assertEquals(await run(["completions", ...args], io), 2);
    assertEquals(
      io.err,
      "completions needs a shell: bash, zsh, fish, powershell\n",
    );
  }
});
