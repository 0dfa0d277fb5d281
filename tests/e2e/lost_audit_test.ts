/** The audit trail beside a store: what tells that it is gone, or that its end is. */

import { putBack } from "../support/store_files.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { type RunOptions, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = {
  PERSONA_WEBHOOK_SECRET: SECRET,
  INBOX_ADMIN_PORT: "off",
  PORT: "0",
};

async function serveOnce(options: RunOptions): Promise<string> {
  await using server = await ServerProcess.start(["serve"], options);
  assertEquals(await server.stop(), 0);
  return server.stderr;
}

/** The fault that `audit --verify` finds, if any, and the status of it in `doctor`. */
async function faults(options: RunOptions): Promise<(string | null)[]> {
  const verified = await runProgram(["audit", "--verify"], options);
  const { ok, fault = null } = JSON.parse(verified.stdout);
  assertEquals([verified.code, ok], fault === null ? [0, true] : [1, false]);
  const doctor = await runProgram(["doctor", "--json"], options);
  const findings = doctor.stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  const status = findings.find(({ name }) => name === "audit")?.status;
  return [fault, status];
}

Deno.test("an audit trail that was removed is told by verify, doctor and the next start, which begins another", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const trail = `${dir.path}/data/inbox.db.audit.jsonl`;
  await serveOnce(options);
  await serveOnce(options);
  assertEquals(await faults(options), [null, "ok"]);
  await Deno.rename(trail, `${dir.path}/moved.jsonl`);
  assertEquals(await faults(options), [
    "the trail was removed or emptied: the store remembers record 2",
    "failed",
  ]);
  const told = /the audit trail before this one is gone, up to record 2/;
  assertMatch(await serveOnce(options), told);
  assertEquals(await faults(options), [null, "ok"]);
  assertMatch(await Deno.readTextFile(trail), told);
  assertEquals(told.test(await serveOnce(options)), false, "it is told once");
});

Deno.test("an audit trail that lost its end is told until it is moved away", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const trail = `${dir.path}/data/inbox.db.audit.jsonl`;
  await serveOnce(options);
  const early = await Deno.readTextFile(trail);
  for (let i = 0; i < 3; i++) await serveOnce(options);
  await Deno.writeTextFile(trail, early);
  const gone = "the end of the trail is gone: the store remembers record 4";
  assertEquals(await faults(options), [gone, "failed"]);
  await serveOnce(options);
  assertEquals(await faults(options), [gone, "failed"]);
  await Deno.remove(trail);
  await serveOnce(options);
  assertEquals(await faults(options), [null, "ok"]);
});

Deno.test("a restored store is older than its audit trail, and its start tells what decides on erasing", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path, env };
  const data = `${dir.path}/data`;
  await serveOnce(options);
  const backup = await runProgram(["backup", "copy.db"], options);
  assertEquals(backup.code, 0, backup.stderr);
  await dir.write("inbox.json", '{"retentionDays":10,"onRedacted":"keep"}');
  await serveOnce(options);
  await putBack(`${dir.path}/copy.db`, `${data}/inbox.db`);
  assertEquals(await faults(options), [null, "ok"]);
  assertEquals(/audit trail/.test(await serveOnce(options)), false);
  const { stdout } = await runProgram(["audit"], options);
  const starts = stdout.trim().split("\n").map((line) =>
    /INBOX_ON_REDACTED.*?DAYS \S+;/.exec(JSON.parse(line).detail)?.[0]
  );
  const later = "INBOX_ON_REDACTED keep; INBOX_RETENTION_DAYS 10;";
  assertEquals(starts, [
    later,
    later,
    "INBOX_ON_REDACTED erase; INBOX_RETENTION_DAYS 90;",
  ]);
});

Deno.test("audit proves nothing where there is no store", async () => {
  await using dir = await TempDir.make();
  const options = { cwd: dir.path };
  for (const flags of [[], ["--verify"], ["--export=audit.jsonl"]]) {
    const { code, stdout, stderr } = await runProgram(
      ["audit", ...flags],
      options,
    );
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /there is no store/);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(dir.path)), []);
});
