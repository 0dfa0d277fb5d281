/** An engine that is known to lose data serves nobody. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Finding } from "../../lib/doctor/finding.ts";
import { EXECUTABLE, runProgram } from "../support/program.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_TEST_ANY_SQLITE: "" };

async function engineOf(cwd: string): Promise<Finding> {
  const { stdout } = await runProgram(["doctor"], { cwd, env });
  const findings: Finding[] = stdout.trim().split("\n")
    .map((line) => JSON.parse(line));
  const engine = findings.find(({ name }) => name === "engine");
  assert(engine, stdout);
  return engine;
}

async function whyNoOldEngine(): Promise<string | undefined> {
  if (EXECUTABLE === undefined) return "needs an executable";
  await using dir = await TempDir.make();
  const { status } = await engineOf(dir.path);
  return status === "failed" ? undefined : "its engine is sound";
}

const why = await whyNoOldEngine();

Deno.test({
  name: `an engine that loses data is refused in one sentence${
    why === undefined ? "" : ` (${why})`
  }`,
  ignore: why !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    for (const command of ["serve", "dev"]) {
      const args = [command, "--port=0", "--admin-port=0"];
      const { code, stdout, stderr } = await runProgram(args, {
        cwd: dir.path,
        env,
      });
      assertEquals([code, stdout], [2, ""]);
      assertMatch(
        stderr,
        /^Cannot serve: SQLite 3\.\d+\.\d+ .*Deno 2\.9\.1.*\n$/,
      );
    }
    const names = await Array.fromAsync(Deno.readDir(dir.path));
    assertEquals(names, [], "nothing was touched");
  },
});

Deno.test("doctor names the engine", async () => {
  await using dir = await TempDir.make();
  assertMatch((await engineOf(dir.path)).summary, /^SQLite 3\.\d+\.\d+/);
});
