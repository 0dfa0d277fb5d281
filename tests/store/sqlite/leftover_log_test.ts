/** What a kill leaves in the log, between an erasure and the overwriting of it. */

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Checkpoints } from "../../../lib/store/sqlite/checkpoints.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { SqliteKeyStore } from "../../../lib/store/sqlite/key_store.ts";
import { StoreGate } from "../../../lib/store/sqlite/store_gate.ts";
import { canaryEvent, filesWith, leaksIn } from "../../support/canaries.ts";
import { delivery } from "../../support/deliveries.ts";
import { filesIn, makeStore, valueOf } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { eventually } from "../../support/within.ts";
import { wrappedKey } from "../key_store_conformance.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };

/** Copies the files of a store that is open, as a kill leaves them. */
async function kill(folder: string, left: string): Promise<void> {
  await Deno.mkdir(left);
  for (const name of filesIn(folder)) {
    await Deno.copyFile(`${folder}/${name}`, `${left}/${name}`);
  }
}

for (const isMoved of [true, false]) {
  const where = isMoved ? "the database" : "the log alone";
  Deno.test(`a start overwrites what was erased before a kill, in ${where}`, async () => {
    await using dir = await TempDir.make();
    const [folder, left] = [`${dir.path}/served`, `${dir.path}/left`];
    const path = `${folder}/inbox.db`;
    let store = await openSqliteStore(path, OPTIONS);
    const { id, objectId, body } = canaryEvent();
    const one = { objectId, body: new TextEncoder().encode(body) };
    assert((await store.accept(delivery(id, one))).ok);
    if (isMoved) {
      await store.close();
      store = await openSqliteStore(path, OPTIONS);
    }
    // Whoever reads the store keeps what was erased from being overwritten.
    const reader = new DatabaseSync(path, { readOnly: true });
    reader.exec("BEGIN; SELECT * FROM events");
    const erased = store.erase({
      objectIds: [objectId],
      eventIds: [],
      throughSeq: 1,
      beforeMs: 0,
      erasedAtMs: 1,
      links: [],
    });
    await eventually(
      60_000,
      () => valueOf(path, "SELECT position FROM erasures") === 1,
      () => "the end of the erasure",
    );
    await kill(folder, left);
    reader.close();
    assertEquals(await erased, "erased");
    await store.close();

    assert((await leaksIn(left)).length > 0, "it is there after the kill");
    const next = await openSqliteStore(`${left}/inbox.db`, OPTIONS);
    const isGone = async () => (await leaksIn(left)).length === 0;
    await eventually(60_000, isGone, () => "what was erased to be overwritten");
    assert((await next.accept(delivery("evt_2"))).ok);
    await next.close();
    assertEquals(await leaksIn(left), []);
  });
}

Deno.test("a scrub that a reader held back is done once that has ended, without another request", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const body = new TextEncoder().encode(canaryEvent().body);
  await makeStore(path, [delivery("evt_1", { body })]);
  using writer = new DatabaseSync(path);
  writer.exec(`
    PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
    PRAGMA secure_delete = ON;
    UPDATE server SET local_url = 'before the reader'`);
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec("BEGIN; SELECT * FROM bodies");
  writer.exec("UPDATE bodies SET body = zeroblob(length(body))");
  const gate = new StoreGate();
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const checkpoints = new Checkpoints(path, gate, {
    onFault,
    onFatal: onFault,
  });
  gate.requestScrub();
  const isTried = async () =>
    (await filesWith(new TextEncoder().encode("before the reader"), dir.path))
      .includes(path);
  await eventually(60_000, isTried, () => "a scrub");
  assert((await leaksIn(dir.path)).length > 0, "the reader holds it back");
  reader.close();
  const isDone = () => gate.scrubbed === gate.scrubsWanted;
  await eventually(60_000, isDone, () => "the next scrub");
  assertEquals(await leaksIn(dir.path), []);
  await checkpoints.close(() => {});
  assertEquals(faults, []);
});

Deno.test("a server's key store overwrites at its start what was destroyed before a kill", async () => {
  await using dir = await TempDir.make();
  const [folder, left] = [`${dir.path}/served`, `${dir.path}/left`];
  const path = `${folder}/keys.db`;
  const store = new SqliteKeyStore(path);
  const key = wrappedKey("inq_1", "canary");
  await store.obtain([key, wrappedKey("inq_2", "b")]);
  await store.close();
  // As it destroys a key, until it is killed.
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON");
  db.exec("UPDATE data_keys SET wrapped = NULL WHERE owner = 'inq_1'");
  await kill(folder, left);
  db.close();

  const isThere = async () => (await filesWith(key.wrapped, left)).length > 0;
  assert(await isThere(), "it is there after the kill");
  const next = new SqliteKeyStore(`${left}/keys.db`, { isWatched: true });
  assertEquals(await next.get(key), "destroyed");
  assert(!await isThere());
  const later = wrappedKey("inq_3", "c");
  assertEquals(await next.obtain([later]), [later]);
  await next.close();
  assert(!await isThere());
});
