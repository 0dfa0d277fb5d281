/** The log of erasures beside a store: what is told when it is lost, cut or another's. */

import { putBack } from "../support/store_files.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  assertGone,
  deliverAll,
  filesWith,
  JANE,
  JANES_ACCOUNT,
  setUpErasing,
  statuses,
} from "../support/erasing.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";

/** A stopped store of which Jane is erased, and a backup from before. */
async function erasedStore() {
  const setup = await setUpErasing();
  const { options } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  await deliverAll(server);
  const backup = await runProgram(["backup", "copy.db"], options);
  assertEquals(backup.code, 0, backup.stderr);
  assertEquals(JSON.parse(backup.stdout).erasures, undefined);
  const args = ["erase", `--account=${JANES_ACCOUNT}`, "--yes"];
  const erased = await runProgram(args, options);
  assertEquals(erased.code, 0, erased.stderr);
  assertEquals(await server.stop(), 0);
  return setup;
}

Deno.test("a store without its log of erasures, or with another, is refused and told how to go on", async () => {
  await using setup = await erasedStore();
  const { options, data } = setup;
  const path = `${data}/inbox.erasures`;
  const log = await Deno.readTextFile(path);
  const [header = "", first = ""] = log.split("\n");
  const { format } = JSON.parse(header);
  const other = JSON.stringify({ format, key: "AAAA" });
  const damages: readonly [string, () => Promise<void>, RegExp][] = [
    ["missing", () => Deno.remove(path), /erasures is missing: .* had 3/],
    ["empty", () => Deno.writeTextFile(path, ""), /erasures is missing/],
    [
      "cut",
      () => Deno.writeTextFile(path, `${header}\n${first}\n`),
      /was cut: .*inbox\.erasures has 1 of 3/,
    ],
    [
      "another store's",
      () => Deno.writeTextFile(path, log.replace(header, other)),
      /inbox\.erasures is the log of erasures of another store/,
    ],
    [
      "damaged",
      () => Deno.writeTextFile(path, log.replace("{", "[")),
      /is damaged: nobody can tell what was erased/,
    ],
  ];
  for (const [what, damage, why] of damages) {
    await damage();
    for (const command of ["serve", "events", "doctor"]) {
      const { code, stdout, stderr } = await runProgram([command], options);
      assertEquals(code, 1, `${command} with a log that is ${what}`);
      const told = command === "doctor" ? stdout : stderr;
      assertMatch(told, why);
      assertMatch(told, /Put the newest copy of it back/);
    }
    await Deno.writeTextFile(path, log);
  }
  await using server = await ServerProcess.start(["serve"], options);
  // A server whose log is lost while it runs erases nothing that nobody would remember.
  await Deno.rename(path, `${path}.away`);
  const args = ["erase", "--object=inq_john", "--yes"];
  assertEquals((await runProgram(args, options)).code, 1);
  assertEquals((await statuses(options)).evt_4, "done");
  const { stdout } = await runProgram(["doctor"], options);
  assertMatch(stdout, /erasures is missing/);
  await Deno.rename(`${path}.away`, path);
  assertEquals((await runProgram(args, options)).code, 0);
  assertEquals((await statuses(options)).evt_4, "erased");
  assertEquals(await server.stop(), 0);
});

Deno.test("erase --rebuild-log makes a lost log anew, by which an older backup is erased again", async () => {
  await using setup = await erasedStore();
  const { options, data, dir } = setup;
  await Deno.remove(`${data}/inbox.erasures`);
  const unasked = await runProgram(["erase", "--rebuild-log"], options);
  assertEquals(unasked.code, 2);
  assertMatch(unasked.stderr, /must be confirmed/);
  const args = ["erase", "--rebuild-log", "--yes"];
  const rebuilt = await runProgram(args, options);
  assertEquals([rebuilt.code, rebuilt.stdout], [0, ""]);
  assertMatch(rebuilt.stderr, /Rebuilt the log of erasures/);
  const { stdout } = await runProgram(["audit"], options);
  assertMatch(stdout, /"detail":"the log of erasures is rebuilt"/);
  await putBack(`${dir.path}/copy.db`, `${data}/inbox.db`);
  assert((await filesWith(data, JANE)).length > 0, "the backup has it");
  await using server = await ServerProcess.start(["serve"], options);
  const { evt_1, evt_2, evt_3, evt_4 } = await statuses(options);
  assertEquals(
    [evt_1, evt_2, evt_3, evt_4],
    ["erased", "erased", "erased", "done"],
  );
  // A backup has the log that its store needs.
  const backup = await runProgram(["backup", "later.db"], options);
  const { erasures } = JSON.parse(backup.stdout);
  assertEquals(erasures, `${dir.path}/later.erasures`);
  assertEquals((await Deno.stat(erasures)).mode! & 0o777, 0o600);
  const copied = {
    ...options,
    env: { ...options.env, INBOX_STORE: "sqlite:later.db" },
  };
  assertEquals((await statuses(copied)).evt_2, "erased");
  assertEquals(await server.stop(), 0);
  await assertGone(data);
});
