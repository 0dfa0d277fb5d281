import { assert, assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../lib/errors.ts";
import { WatchedLog } from "../../../lib/store/sqlite/watched_log.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { readIndex } from "../../../lib/store/sqlite/file_format.ts";
import { StoreGate } from "../../../lib/store/sqlite/store_gate.ts";
import { deliveries, delivery } from "../../support/deliveries.ts";
import type {
  RecordingReply,
  RecordingResult,
} from "../../support/recording_thread.ts";
import { TempDir } from "../../support/temp_dir.ts";

/** How often a store is made: only a log that grows was taken for one cut off. */
const ROUNDS = 10;
const EVENTS = 60;

/** Writes a fresh store from this thread and another one; what either complains of. */
async function writeFromTwoThreads(
  path: string,
  beforeEach: (gate: StoreGate) => void,
): Promise<string[]> {
  const faults: string[] = [];
  const store = await openSqliteStore(path, {
    bodyBytesMax: 1 << 20,
    onFailure: ({ message }) => void faults.push(message),
    onLogFault: (fault) => void (fault && faults.push(fault.message)),
  });
  const gate = new StoreGate(store.ticket!.shared);
  assert((await store.accept(delivery("evt_first"), ["a"])).ok);
  const url = new URL("../../support/recording_thread.ts", import.meta.url);
  const thread = new Worker(url, { type: "module" });
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<RecordingResult>();
  thread.onmessage = ({ data }: MessageEvent<RecordingReply>) => {
    if (data === "started") started.resolve();
    else ended.resolve(data);
  };
  thread.postMessage(store.ticket);
  await started.promise;
  for (const one of deliveries(EVENTS)) {
    beforeEach(gate);
    if (!(await store.accept(one)).ok) break;
  }
  thread.postMessage("end");
  const { recorded, faults: recordingFaults } = await ended.promise;
  await store.close();
  thread.terminate();
  faults.push(...recordingFaults);
  assert(recorded > 0 || faults.length > 0);
  return faults;
}

const BESIDE: [name: string, beforeEach: (gate: StoreGate) => void][] = [
  ["two threads write", () => {}],
  [
    "two threads write and one starts anew",
    (gate) => gate.requestCheckpoint(),
  ],
];

for (const [name, beforeEach] of BESIDE) {
  Deno.test(`a log that ${name} is not reported as cut off`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await using dir = await TempDir.make();
      const path = `${dir.path}/inbox.db`;
      assertEquals(await writeFromTwoThreads(path, beforeEach), []);
    }
  });
}

/** The files of a store in use, to be damaged; its end and the next one. */
async function copyLog(folder: string) {
  const path = `${folder}/inbox.db`;
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
  const log = new WatchedLog(path);
  const ends = [log.end()];
  const before = await Deno.readFile(`${path}-shm`);
  db.exec("INSERT INTO t VALUES (1)");
  ends.push(log.end());
  const after = await Deno.readFile(`${path}-shm`);
  db.close();
  log.close();
  return { before, after, ends };
}

const HEADER_BYTES = 48;

Deno.test("the index of a log is used only if both copies of its header are whole", async () => {
  await using dir = await TempDir.make();
  const { before, after, ends } = await copyLog(dir.path);
  const path = `${dir.path}/torn-shm`;
  const read = async (bytes: Uint8Array) => {
    await Deno.writeFile(path, bytes);
    return readIndex(path);
  };
  assertEquals(await read(before), ends[0]);
  assertEquals(await read(after), ends[1]);
  for (let written = 1; written < 2 * HEADER_BYTES; written++) {
    // The second copy is written first.
    const torn = before.slice();
    const header = [
      ...after.subarray(HEADER_BYTES, 2 * HEADER_BYTES),
      ...after.subarray(0, HEADER_BYTES),
    ];
    header.slice(0, written).forEach((byte, i) => {
      torn[(i + HEADER_BYTES) % (2 * HEADER_BYTES)] = byte;
    });
    const found = await read(torn);
    const isWhole = found === undefined ||
      ends.some(({ frames, salt, checksum }) =>
        found.frames === frames && found.salt === salt &&
        found.checksum === checksum
      );
    assert(isWhole, `after ${written} bytes`);
    if (written === HEADER_BYTES) assertEquals(found, undefined);
  }
  // Torn in the same way, as is what a reader may see of both.
  const alike = before.slice();
  alike.set(after.subarray(16, 24), 16);
  alike.set(after.subarray(16, 24), 16 + HEADER_BYTES);
  assertEquals(await read(alike), undefined);
});

Deno.test("an index that stays damaged is reported, one being written is awaited", async () => {
  await using dir = await TempDir.make();
  const { before, after, ends } = await copyLog(dir.path);
  const path = `${dir.path}/torn`;
  await Deno.writeFile(`${path}-wal`, new Uint8Array());
  const torn = before.slice();
  torn.set(after.subarray(HEADER_BYTES, 2 * HEADER_BYTES), HEADER_BYTES);
  await Deno.writeFile(`${path}-shm`, torn);
  const log = new WatchedLog(path);
  assertThrows(() => log.end(), StoreError, "torn-shm was damaged");
  // What others do in its pauses; a thread of our own might be late.
  const { wait } = Atomics;
  let pauses = 0;
  Atomics.wait = () => {
    if (++pauses === 3) Deno.writeFileSync(`${path}-shm`, after);
    return "timed-out";
  };
  try {
    assertEquals(log.end(), ends[1]);
  } finally {
    Atomics.wait = wait;
  }
  assertEquals(pauses, 3);
  log.close();
});
