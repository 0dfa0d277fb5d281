/**
 * `deno test` runs examples in documentation comments only with `--doc`, which cannot
 * be set in `deno.json`: this test runs them, so that `deno test -P` alone is complete.
 */

import { assertEquals } from "@std/assert";
import { ROOT } from "./support/program.ts";

Deno.test("the examples in documentation comments run", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--doc", "-P", "--no-prompt", "lib/"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const output = new TextDecoder().decode(stdout);
  assertEquals(code, 0, output + new TextDecoder().decode(stderr));
  const [, passed] = /ok \| (\d+) passed/.exec(output) ?? [];
  assertEquals(Number(passed) > 10, true, output);
});
