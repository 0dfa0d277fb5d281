import { EventIndex } from "../../lib/store/sqlite/id_index.ts";
import { openDatabase } from "../../lib/store/sqlite/open.ts";
import { ErasureLog } from "../../lib/store/sqlite/erasure_log.ts";
import { SqliteStore } from "../../lib/store/sqlite/sqlite_store.ts";
import type { Store } from "../../lib/store/store.ts";

/** A store in memory whose ids get to the tables early, as others' do in time. */
export interface SettlingStore extends Store {
  /** The mark: up to here ids are in the tables for certain. */
  readonly settledSeq: number;
}

/**
 * Opens one.
 *
 * @param movesNext How many ids to move after a delivery; those left wait.
 * @returns The store.
 */
export function openSettlingStore(movesNext: () => number): SettlingStore {
  return openDatabase(":memory:", (db) => {
    const store = new SqliteStore(db, { bodyBytesMax: 1 << 20 }, {
      log: new ErasureLog(null),
    });
    const accept = store.accept.bind(store);
    const acceptAndSettle: Store["accept"] = async (...args) => {
      const result = await accept(...args);
      db.exec("BEGIN");
      new EventIndex(db, { pendingMax: 1 }).move(movesNext());
      db.exec("COMMIT");
      return result;
    };
    const settledSeq = () =>
      Number(db.prepare("SELECT * FROM id_index").get()?.settled_seq);
    return Object.defineProperties(store as unknown as SettlingStore, {
      accept: { value: acceptAndSettle },
      settledSeq: { get: settledSeq },
    });
  });
}
