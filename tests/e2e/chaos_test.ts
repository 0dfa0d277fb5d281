/** A real server, and the disorder that `send --chaos` makes. */

import { assert, assertEquals } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

interface Line {
  readonly id: string;
  readonly name: string;
  readonly objectId: string;
  readonly createdAt: string;
  readonly duplicates: number;
}

function linesOf(stdout: string): Line[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

function byTime(a: Line, b: Line): number {
  return a.createdAt < b.createdAt || a.createdAt === b.createdAt && a.id < b.id
    ? -1
    : 1;
}

Deno.test("what send --chaos prints is what is in the inbox afterwards", async () => {
  await using dir = await TempDir.make();
  const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const expected: Line[] = [];
  for (const flags of [["--chaos", "7"], ["--chaos=8", "--scenario=expired"]]) {
    const to = ["--to", `${server.url}/webhook`];
    const sent = await runProgram(["send", ...flags, ...to], options);
    assertEquals(sent.code, 0, sent.stderr);
    expected.push(...linesOf(sent.stdout));
  }
  const listed = await runProgram(["events", "--limit", "1000"], options);
  const events = linesOf(listed.stdout).map(
    ({ id, name, objectId, createdAt, duplicates }) => ({
      id,
      name,
      objectId,
      createdAt,
      duplicates,
    }),
  );
  assertEquals(events.toSorted(byTime), expected.toSorted(byTime));
  assert(events.some(({ duplicates }) => duplicates > 0));
  assertEquals(await server.stop(), 0);
});
