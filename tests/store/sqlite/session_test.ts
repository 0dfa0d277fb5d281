import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { checkHistory } from "../../../lib/store/sqlite/check_history.ts";
import {
  openDatabase,
  openSqliteStore,
} from "../../../lib/store/sqlite/open.ts";
import { parseMark, readMark } from "../../../lib/store/sqlite/open_mark.ts";
import { scanLog } from "../../../lib/store/sqlite/scan_log.ts";
import { readIndex } from "../../../lib/store/sqlite/file_format.ts";
import { StoreSession } from "../../../lib/store/sqlite/session.ts";
import { filesIn, makeStore, pragmaOf } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { eventually } from "../../support/within.ts";

function markOf(path: string) {
  return parseMark(Number(pragmaOf(path, "user_version")));
}

/** Opens a database as a server does; what it is used for fails. */
function failToOpen(path: string): void {
  const session = new StoreSession(path);
  const use = () => {
    throw new TypeError("as planned");
  };
  assertThrows(() => openDatabase(path, use, session), TypeError);
}

Deno.test("a session marks a store as open and, at its end, as closed", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path);
  const before = markOf(path);
  assertEquals(before.isOpen, false);

  const session = new StoreSession(path);
  const db = openDatabase(path, (db) => db, session);
  assertEquals(readMark(db), {
    ...before,
    isOpen: true,
    session: before.session + 1,
  });
  session.end(db);
  assertEquals(markOf(path), { ...before, session: before.session + 1 });
  checkHistory(path);
});

for (const event of ["unload", "error", "unhandledrejection"]) {
  Deno.test(`a store is marked as closed in its log at ${event}, and as open again if the program goes on`, async () => {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    const store = await openSqliteStore(path, { bodyBytesMax: 1_000_000 });
    const { session } = markOf(path);
    dispatchEvent(new Event(event));
    assertEquals(markOf(path).isOpen, false);
    const isOpenAgain = () => markOf(path).isOpen;
    await eventually(60_000, isOpenAgain, () => "the mark");
    assertEquals(markOf(path).session, session);
    dispatchEvent(new Event(event));
    await store.close();
    dispatchEvent(new Event(event));
    assertEquals(markOf(path).isOpen, false);
    checkHistory(path);
  });
}

Deno.test("a store whose opening failed late opens the next time", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  failToOpen(path); // There is none yet.
  checkHistory(path);
  failToOpen(path);
  checkHistory(path);
  await makeStore(path);
});

Deno.test("the log of a killed process stays if its store cannot be opened", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const copy = `${dir.path}/killed.db`;
  await makeStore(path);
  const session = new StoreSession(path);
  const db = openDatabase(path, (db) => db, session);
  db.exec("UPDATE server SET local_url = 'kept'");
  // As a kill leaves the files.
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.copyFile(`${path}${end}`, `${copy}${end}`);
  }
  session.end(db);

  checkHistory(copy);
  failToOpen(copy);
  assertEquals(filesIn(dir.path).includes("killed.db-wal"), true);
  checkHistory(copy);
  await makeStore(copy);
  const reader = new DatabaseSync(copy, { readOnly: true });
  const row = reader.prepare("SELECT local_url FROM server").get();
  reader.close();
  assertEquals(row?.local_url, "kept");
});

Deno.test("scanLog() finds the transactions that SQLite wrote to a log", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/a.db`;
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    assertEquals(scanLog(`${path}-none`), undefined);
    db.exec("CREATE TABLE t (a BLOB); PRAGMA user_version = 41");
    for (let i = 1; i < 40; i++) {
      db.exec(`INSERT INTO t VALUES (randomblob(${i * 500}))`);
    }
    db.exec("PRAGMA user_version = 42; BEGIN; PRAGMA user_version = 43");
    const log = scanLog(`${path}-wal`)!;
    db.exec("ROLLBACK");
    const { log: frames } = db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()!;
    assertEquals(log.frames, frames);
    assertEquals(log.userVersion, 42);
    assertEquals(log.transactionsBeyond, 0);
    assertEquals(log.header?.sequence, 0);
    const { salt, frames: last } = readIndex(`${path}-shm`)!;
    assertEquals([salt, last], [log.header!.salt, log.frames]);
    const count = db.prepare("PRAGMA page_count").get()?.page_count;
    assertEquals([log.pageCount, log.pages.size], [count, count]);

    db.exec("PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES (1)");
    const next = scanLog(`${path}-wal`)!;
    assertEquals(next.header?.sequence, 1);
    assertEquals([next.bytes, next.transactionsBeyond], [log.bytes, 0]);
    assertEquals(next.frames < log.frames, true);
  } finally {
    db.close();
  }
});
