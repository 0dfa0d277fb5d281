import { assertEquals, assertMatch } from "@std/assert";
import {
  erasedBy,
  erasedOf,
  numbered,
  REBUILT,
} from "../../lib/app/erasure_detail.ts";
import { examineTrail } from "../../lib/app/examine_trail.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { ErasureLog } from "../../lib/store/sqlite/erasure_log.ts";
import { TempDir } from "../support/temp_dir.ts";

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const DAY_MS = 86_400_000;

Deno.test("examineTrail() tells a log that lacks what the audit trail has as erased", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await Deno.writeTextFile(path, "");
  const config = { storeUrl: `sqlite:${path}`, keyStoreUrl: null };
  const audit = new MemoryAudit();
  const find = async () => (await examineTrail(config, audit, null)).oldLog;
  const record = (detail: string, atMs: number) =>
    audit.append({ act: "erase", by: "jo", subject: null, detail }, atMs);
  const log = (erasedAtMs: number) =>
    new ErasureLog(path).append([
      { id: "inq_1", throughSeq: 1, beforeMs: 0, erasedAtMs },
    ]);

  assertEquals(await find(), undefined, "nothing was erased");
  await record(erasedOf(2, "inq_1"), NOW_MS - DAY_MS);
  log(NOW_MS - DAY_MS + 500);
  assertEquals(await find(), undefined, "it is there");
  await record("refused 1 event, on hold: case 7", NOW_MS);
  await record("the log of erasures is rebuilt", NOW_MS);
  assertEquals(await find(), undefined, "nothing more was erased");

  await record(erasedBy(1, "account.*"), NOW_MS);
  const fault = await find();
  assertMatch(fault?.message ?? "", /2026-11-26T12:00:00.000Z .*may be older/);
  assertMatch(fault?.hint ?? "", /put the newest copy of that log back/);
  log(NOW_MS + 2_000);
  assertEquals(await find(), undefined, "the newest copy is back");
});

Deno.test("examineTrail() tells a log that lacks the second of two erasures within a minute", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await Deno.writeTextFile(path, "");
  const config = { storeUrl: `sqlite:${path}`, keyStoreUrl: null };
  const audit = new MemoryAudit();
  const find = async () => (await examineTrail(config, audit, null)).oldLog;
  const erase = async (position: number) => {
    const detail = numbered(erasedOf(1, "inq_1"), position + 1);
    const entry = { act: "erase", by: "jo", subject: null, detail } as const;
    await audit.append(entry, NOW_MS + position);
    new ErasureLog(path).append([
      { id: "inq_1", throughSeq: 1, beforeMs: 0, erasedAtMs: NOW_MS },
    ]);
  };
  const logPath = `${dir.path}/inbox.erasures`;
  await erase(0);
  const backup = await Deno.readFile(logPath);
  await erase(1);
  assertEquals(await find(), undefined);
  await Deno.writeFile(logPath, backup);
  assertMatch((await find())?.message ?? "", /12:00:00.001Z .*may be older/);
  const rebuilt = { by: "jo", subject: null, detail: REBUILT };
  await audit.append({ act: "erase", ...rebuilt }, NOW_MS);
  assertEquals(await find(), undefined, "it has fewer entries on purpose");
});

Deno.test("examineTrail() tells nothing of an erasure that is under way", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await Deno.writeTextFile(path, "");
  const config = { storeUrl: `sqlite:${path}`, keyStoreUrl: null };
  const audit = new MemoryAudit();
  const detail = numbered(erasedOf(1, "inq_1"), 1);
  await audit.append({ act: "erase", by: "jo", subject: null, detail }, NOW_MS);
  const examined = examineTrail(config, audit, null);
  const isOver = await Promise.race([
    examined.then(() => true),
    new Promise((resolve) => setTimeout(() => resolve(false), 100)),
  ]);
  assertEquals(isOver, false, "it looks again");
  new ErasureLog(path).append([
    { id: "inq_1", throughSeq: 1, beforeMs: 0, erasedAtMs: NOW_MS },
  ]);
  assertEquals((await examined).oldLog, undefined);
});
