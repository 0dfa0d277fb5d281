import { assertEquals } from "@std/assert";
import { Disk } from "./disk.ts";
import { readTrace } from "./trace.ts";

function hex(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) =>
    `\\x${byte.toString(16).padStart(2, "0")}`
  ).join("");
}

const DB = `7<${hex("/s/a.db")}>`;
const SYNCED = "fsync(" + DB + ")                   = 0";

/** What the database is after a crash that loses all that may be lost. */
function durable(...lines: string[]): string {
  const steps = readTrace(lines.join("\n"), "/s", ["a.db"]);
  const disk = new Disk(new Map([["a.db", new TextEncoder().encode("....")]]));
  for (const step of steps) disk.apply(step);
  return new TextDecoder().decode(disk.afterCrash([]).get("a.db"));
}

function write(text: string, offset: number): string {
  return `pwrite64(${DB}, "${hex(text)}", ${text.length}, ${offset}`;
}

Deno.test("readTrace() knows what a sync makes durable", () => {
  const table: [expected: string, lines: string[]][] = [
    ["....", [`1 ${write("a", 0)}) = 1`]],
    ["a...", [`1 ${write("a", 0)}) = 1`, `1 ${SYNCED}`]],
    // A write that had not ended when the sync began.
    ["....", [
      `1 ${write("a", 0)} <unfinished ...>`,
      `2 ${SYNCED}`,
      "1 <... pwrite64 resumed>) = 1",
    ]],
    // A sync that had not ended, and one that ended meanwhile.
    ["....", [`1 ${write("a", 0)}) = 1`, `2 fsync(${DB} <unfinished ...>`]],
    ["a...", [
      `1 ${write("a", 0)}) = 1`,
      `2 fsync(${DB} <unfinished ...>`,
      `1 ${write("b", 1)}) = 1`,
      "2 <... fsync resumed>) = 0",
    ]],
  ];
  for (const [expected, lines] of table) {
    assertEquals(durable(...lines), expected, lines.join("\n"));
  }
});

Deno.test("readTrace() trusts nothing after a failed sync", () => {
  const failed = `1 fsync(${DB}) = -1 EIO (Input/output error) (INJECTED)`;
  const written = `1 ${write("a", 0)}) = 1`;
  assertEquals(durable(written, failed, `1 ${SYNCED}`), "....");
  assertEquals(
    durable(
      written,
      `1 fsync(${DB} <unfinished ...>`,
      "1 <... fsync resumed>) = -1 EIO (Input/output error) (INJECTED)",
      `1 ${SYNCED}`,
    ),
    "....",
  );
  // What is written again is durable again.
  assertEquals(durable(written, failed, written, `1 ${SYNCED}`), "a...");
});
