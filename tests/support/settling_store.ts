import { EventIndex } from "../../lib/store/sqlite/id_index.ts";
import { type BatchWriter, groupCommit } from "../../lib/store/group_commit.ts";
import { SqliteDispatchReader } from "../../lib/store/sqlite/dispatch_reader.ts";
import { SqliteReader } from "../../lib/store/sqlite/reader.ts";
import { SqliteWriter } from "../../lib/store/sqlite/writer.ts";
import type { Store } from "../../lib/store/store.ts";

/** A store in memory whose ids get to the tables early, as others' do in time. */
export interface SettlingStore extends Store {
  /** The mark: up to here ids are in the tables for certain. */
  readonly settledSeq: number;
}

/**
 * Opens one.
 *
 * @param movesNext How many ids to move after a commit; those left wait.
 * @returns The store.
 */
export function openSettlingStore(movesNext: () => number): SettlingStore {
  const writer = new SqliteWriter(":memory:");
  const db = writer.connection;
  const batchWriter: BatchWriter = {
    commit: (batch) =>
      Promise.resolve().then(() => {
        const duplicates = writer.commit(batch);
        db.exec("BEGIN");
        new EventIndex(db, { gatheredMax: 1 }).settle(movesNext());
        db.exec("COMMIT");
        return duplicates;
      }),
    probe: () => Promise.resolve().then(() => writer.probe()),
    announce: (url) => Promise.resolve().then(() => writer.announce(url)),
    openReader: () => new SqliteReader(db, () => {}),
    openDispatchReader: () => new SqliteDispatchReader(db, () => {}),
    close: () => Promise.resolve(writer.close()),
  };
  const store = groupCommit(batchWriter, { batchBytesMax: 1 << 20 });
  return Object.defineProperty(store as SettlingStore, "settledSeq", {
    get: () => Number(db.prepare("SELECT * FROM id_index").get()?.settled_seq),
  });
}
