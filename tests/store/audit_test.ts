import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import {
  type AuditEntry,
  type AuditMark,
  verifyTrail,
} from "../../lib/store/audit.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { AuditFile } from "../../lib/store/sqlite/audit_file.ts";
import { checkAudit } from "./audit_conformance.ts";
import { TempDir } from "../support/temp_dir.ts";

const NOW_MS = 1_750_000_000_000;

function reveal(subject: string): AuditEntry {
  return { act: "reveal", by: "alice", subject, detail: null };
}

async function made(dir: TempDir, count: number): Promise<AuditFile> {
  const audit = new AuditFile(`${dir.path}/audit.jsonl`);
  for (let i = 1; i <= count; i++) {
    await audit.append(reveal(`evt_${i}`), NOW_MS);
  }
  return audit;
}

Deno.test("an audit trail is a chain that verifies, in a file and in memory", async () => {
  await using dir = await TempDir.make();
  await checkAudit(() => new AuditFile(`${dir.path}/audit.jsonl`));
  const memory = new MemoryAudit();
  await checkAudit(() => memory);
});

Deno.test("verifyTrail() finds what was changed, taken out, put in or cut off", async () => {
  await using dir = await TempDir.make();
  const audit = await made(dir, 5);
  const path = `${dir.path}/audit.jsonl`;
  const text = await Deno.readTextFile(path);
  const lines = text.trimEnd().split("\n");
  const head = (await audit.last())?.hash;
  const table: [about: string, lines: string[], position: number][] = [
    ["changed", lines.with(2, lines[2]!.replace("evt_3", "evt_9")), 3],
    ["another name", lines.with(2, lines[2]!.replace("alice", "bob")), 3],
    ["taken out", lines.toSpliced(1, 1), 2],
    ["taken out at the start", lines.slice(1), 1],
    ["twice", lines.toSpliced(3, 0, lines[2]!), 4],
    ["in another order", [lines[1]!, lines[0]!, ...lines.slice(2)], 1],
    ["no record", lines.with(3, "{}"), 4],
    ["no JSON", lines.with(3, "…"), 4],
    ["with more", lines.with(2, lines[2]!.replace("{", '{"extra":1,')), 3],
    ["by two", lines.with(2, lines[2]!.replace("{", '{"by":"bob",')), 3],
    ["spaced", lines.with(2, `${lines[2]} `), 3],
    ["with a byte-order mark", lines.with(0, `\ufeff${lines[0]}`), 1],
    ["cut off", lines.slice(0, 4), 5],
  ];
  for (const [about, changed, position] of table) {
    await Deno.writeTextFile(path, `${changed.join("\n")}\n`);
    const verdict = await verifyTrail(audit.records(), { head });
    assert(!verdict.ok, about);
    assertEquals(verdict.position, position, about);
  }
  await Deno.writeTextFile(path, text);
  assertEquals((await verifyTrail(audit.records(), { head })).ok, true);
});

Deno.test("verifyTrail() finds a changed byte in a character that stands for such bytes", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/audit.jsonl`;
  const audit = new AuditFile(path);
  await audit.append(reveal("evt_\ufffd"), NOW_MS);
  const written = await Deno.readTextFile(path);
  assertEquals((await verifyTrail(audit.records())).ok, true);
  assertEquals((await audit.last())?.subject, "evt_\ufffd");
  await Deno.writeTextFile(path, written.replace("\\ufffd", "\ufffd"));
  assertEquals((await verifyTrail(audit.records())).ok, false);
});

Deno.test("AuditFile goes on after a line that a crash broke off", async () => {
  await using dir = await TempDir.make();
  const audit = await made(dir, 2);
  const path = `${dir.path}/audit.jsonl`;
  const whole = await Deno.readTextFile(path);
  const [line = ""] = whole.split("\n");
  await Deno.writeTextFile(path, whole + line.slice(0, 40));
  assertEquals((await Array.fromAsync(audit.records())).length, 2);
  assertEquals(await audit.bytesLeftOver(), 40);
  await audit.append(reveal("evt_3"), NOW_MS);
  const verdict = await verifyTrail(audit.records());
  assert(verdict.ok);
  assertEquals(verdict.records, 3);
  assertEquals(await audit.bytesLeftOver(), 0);

  await Deno.writeTextFile(path, line.slice(0, 40));
  const { number } = await audit.append(reveal("evt_1"), NOW_MS);
  assertEquals(number, 1);
});

Deno.test("AuditFile refuses to go on after what is no record", async () => {
  await using dir = await TempDir.make();
  const audit = await made(dir, 1);
  const path = `${dir.path}/audit.jsonl`;
  for (const text of ["nonsense\n", "x".repeat(100_000)]) {
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(
      () => audit.append(reveal("evt_2"), NOW_MS),
      StoreError,
    );
    assertMatch(error.message, /last line is not a record/);
    assertEquals(await Deno.readTextFile(path), text);
  }
});

Deno.test("verifyTrail() finds a trail without the record that the store remembers", async () => {
  await using dir = await TempDir.make();
  const audit = await made(dir, 5);
  const path = `${dir.path}/audit.jsonl`;
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  const records = await Array.fromAsync(audit.records());
  const [second, fifth] = [records[1]!, records[4]!];
  const verify = (mark: AuditMark) => verifyTrail(audit.records(), { mark });
  for (const mark of [second, fifth]) {
    assertEquals((await verify(mark)).ok, true, "the store may be older");
  }
  assertEquals(await verify({ number: 2, hash: "0".repeat(64) }), {
    ok: false,
    position: 2,
    fault: "it is not the one that the store remembers",
  });
  await Deno.writeTextFile(path, `${lines.slice(0, 4).join("\n")}\n`);
  assertEquals((await verify(second)).ok, true);
  assertEquals(await verify(fifth), {
    ok: false,
    position: 5,
    fault: "the end of the trail is gone: the store remembers record 5",
  });
  for (const lose of [() => Deno.truncate(path), () => Deno.remove(path)]) {
    await lose();
    assertEquals(await verify(fifth), {
      ok: false,
      position: 1,
      fault: "the trail was removed or emptied: the store remembers record 5",
    });
  }
});

Deno.test("a detail that is too long is cut, tells of the rest, and is followed by others", async () => {
  await using dir = await TempDir.make();
  const audit = await made(dir, 1);
  const details = ["\ufffd", "😀", "a"].flatMap((text) =>
    ["", "x"].map((end) => `b${text.repeat(20_000)}${end}`)
  );
  const kept = new Set<string | null>();
  for (const detail of details) {
    const record = await audit.append({ ...reveal("evt"), detail }, NOW_MS);
    kept.add(record.detail);
    assert(record.detail!.length < 4_200);
    assert(record.detail!.isWellFormed());
    assertMatch(record.detail!, /… \(\d+ characters, SHA-256 [0-9a-f]{64}\)$/);
    assertEquals(await audit.last(), record);
  }
  assertEquals(kept.size, details.length, "what is cut off tells them apart");
  assertEquals((await verifyTrail(audit.records())).ok, true);
});
