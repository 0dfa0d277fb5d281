import { DatabaseSync } from "node:sqlite";
import type { Store, StoreOptions } from "../store.ts";
import { prepareForWriting } from "./connection.ts";
import { cannotOpen } from "./errors.ts";
import { openErasureLog } from "./check_erasures.ts";
import { ErasedObjects } from "./erased_objects.ts";
import { ErasureLog } from "./erasure_log.ts";
import { readErasureProgress, SqliteErasures } from "./erasures.ts";
import { inTransaction } from "./in_transaction.ts";
import { lockStore } from "./lock.ts";
import { checkSchema, migrate } from "./schema.ts";
import { StoreSession } from "./session.ts";
import { type SqliteFile, SqliteStore } from "./sqlite_store.ts";

/** The wait for a lock of another process. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens a store for writing, and creates it and its folder if needed.
 *
 * @param path A file, or `:memory:`.
 * @returns The store; no other process can write to it until it is closed.
 * @throws {StoreError} If it cannot be opened, or another process writes it.
 */
export async function openSqliteStore(
  path: string,
  options: StoreOptions,
): Promise<Store> {
  if (path === ":memory:") {
    return openDatabase(
      path,
      (db) => new SqliteStore(db, options, { log: new ErasureLog(null) }),
    );
  }
  try {
    const lock = await lockStore(path);
    try {
      const session = new StoreSession(lock.path);
      const file = { path, lock, session };
      const use = (db: DatabaseSync) => openWithErasures(db, file, options);
      const store = openDatabase(path, use, session);
      lock.confirm();
      return store;
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** Opens a store whose log of erasures is carried out. */
function openWithErasures(
  db: DatabaseSync,
  file: SqliteFile,
  options: StoreOptions,
): SqliteStore {
  const { path } = file.lock;
  const { logId } = readErasureProgress(db);
  const found = new ErasureLog(path);
  const isRebuilt = options.rebuildsErasureLog &&
    (found.id ?? logId) === logId;
  const log = isRebuilt ? found : openErasureLog(db, path);
  const erasures = new SqliteErasures(db, new ErasedObjects(db, log));
  if (isRebuilt) inTransaction(db, () => erasures.rebuild(log));
  let isBehind = false;
  for (const write of erasures.unfinished(log)) {
    isBehind = true;
    inTransaction(db, write);
  }
  const store = new SqliteStore(db, options, { file, log });
  if (isBehind) void store.reclaim();
  return store;
}

/**
 * Opens a database for writing, and brings it to this version's schema.
 *
 * @param path A file, or `:memory:`.
 * @param use Receives the connection, which is closed if this throws.
 * @param session Marks a file as open.
 * @returns What `use` returns.
 * @throws {StoreError} If it is not a store that this version understands.
 */
export function openDatabase<Opened>(
  path: string,
  use: (db: DatabaseSync) => Opened,
  session?: StoreSession,
): Opened {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkSchema(db); // Before a pragma changes a file that is not ours.
    // Two events of common size fill a page.
    db.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
    db.exec("PRAGMA secure_delete = ON"); // Of what migrate() moves, too.
    migrate(db);
    session?.begin(db);
    prepareForWriting(db);
    return use(db);
  } catch (error) {
    if (session) session.abandon(db);
    else db.close();
    throw error;
  }
}
