// A key store in a SQLite file of its own. Every transaction is synced by SQLite before
// it returns; a server has it in a thread.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { dirname } from "node:path";
import { FatalStoreError, StoreError } from "../../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  Rewrapping,
  WrappedDataKey,
} from "../key_store.ts";
import type { DatabaseRow } from "../columns.ts";
import { inTransaction } from "./in_transaction.ts";
import { describeFault } from "./errors.ts";
import { WatchedKeys } from "./watched_keys.ts";

/** The application id in the header of a key store: "PIky". */
const APPLICATION_ID = 0x50496b79;

const SCHEMA_VERSION = 1;

/** The wait for other processes that write. */
const BUSY_TIMEOUT_MS = 5_000;

/** SQLite's codes of failed syncs (sqlite.org/rescode.html). */
const SYNC_FAULTS: ReadonlySet<number> = new Set([1034, 1290]);

const SCHEMA = `
  CREATE TABLE data_keys (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    wrapped_by TEXT NOT NULL,
    wrapped BLOB,
    PRIMARY KEY (owner, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notes (
    name TEXT PRIMARY KEY,
    note BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Options of {@linkcode SqliteKeyStore}. */
export interface SqliteKeyStoreOptions {
  /** Refuses a file that is not there, instead of making it. */
  readonly mustExist?: boolean;
  /** Checks the files whenever they are used: see {@linkcode WatchedKeys}. */
  readonly isWatched?: boolean;
}

/** A key store on one connection. */
export class SqliteKeyStore implements KeyStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #watch: WatchedKeys | undefined;
  /** Set once a sync failed: nobody knows what is durable. */
  #lost: FatalStoreError | undefined;

  /**
   * Opens a key store, and creates it unless told otherwise.
   *
   * @throws {StoreError} If it cannot be opened, or is not a key store of a known version.
   */
  constructor(path: string, options: SqliteKeyStoreOptions = {}) {
    const { mustExist = false, isWatched = false } = options;
    this.#path = path;
    try {
      if (path !== ":memory:") prepareFile(path, mustExist);
      this.#db = new DatabaseSync(path);
    } catch (error) {
      throw cannotOpenKeys(path, error);
    }
    try {
      prepareDatabase(this.#db);
      this.#statements = prepare(this.#db);
      this.#watch = isWatched && path !== ":memory:"
        ? new WatchedKeys(path, this.#db)
        : undefined;
      if (this.#watch) this.#db.exec("PRAGMA wal_autocheckpoint = 0");
    } catch (error) {
      this.#db.close();
      throw cannotOpenKeys(path, error);
    }
  }

  obtain(
    candidates: readonly WrappedDataKey[],
  ): Promise<readonly WrappedDataKey[]> {
    return this.#transact(() =>
      candidates.map((candidate) => {
        const { owner, id, wrappedBy, wrapped } = candidate;
        const row = this.#statements.living.get(owner);
        if (row) return toDataKey(row);
        this.#statements.insert.run(owner, id, wrappedBy, wrapped);
        return candidate;
      })
    );
  }

  get(
    { owner, id }: DataKeyName,
  ): Promise<WrappedDataKey | "destroyed" | undefined> {
    return this.#run(() => {
      const row = this.#statements.get.get(owner, id);
      if (!row) return undefined;
      return row.wrapped === null ? "destroyed" : toDataKey(row);
    });
  }

  async destroy(owners: readonly string[]): Promise<number> {
    const destroyed = await this.#transact(() => {
      let changes = 0;
      for (const owner of owners) {
        changes += Number(this.#statements.destroy.run(owner).changes);
      }
      return changes;
    });
    if (destroyed > 0) await this.scrub();
    return destroyed;
  }

  wrappedByOthers(
    wrappedBy: string,
    page: { readonly after: DataKeyName | null; readonly limit: number },
  ): Promise<readonly WrappedDataKey[]> {
    return this.#run(() => {
      const { owner, id } = page.after ?? { owner: "", id: "" };
      return this.#statements.others.all(owner, id, wrappedBy, page.limit)
        .map(toDataKey);
    });
  }

  rewrap(changes: readonly Rewrapping[]): Promise<number> {
    return this.#transact(() => {
      let replaced = 0;
      for (const { from, to } of changes) {
        const { owner, id, wrapped } = from;
        replaced += Number(
          this.#statements.rewrap.run(
            to.wrappedBy,
            to.wrapped,
            owner,
            id,
            wrapped,
          ).changes,
        );
      }
      return replaced;
    });
  }

  /** In the file it is overwritten at once, and in the log when that is emptied. */
  scrub(): Promise<void> {
    const checkpoint = this.#db.prepare("PRAGMA wal_checkpoint(TRUNCATE)");
    return this.#run(() => void checkpoint.get());
  }

  counts(): Promise<ReadonlyMap<string, number>> {
    return this.#run(() =>
      new Map(
        this.#statements.counts.all().map(({ wrapped_by, count }) => [
          String(wrapped_by),
          Number(count),
        ]),
      )
    );
  }

  notes(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
    return this.#run(() =>
      new Map(
        this.#statements.notes.all().map((
          { name, note },
        ) => [String(name), bytesOf(note)]),
      )
    );
  }

  addNote(name: string, note: Uint8Array): Promise<void> {
    return this.#transact(() => void this.#statements.addNote.run(name, note));
  }

  setNote(name: string, note: Uint8Array): Promise<void> {
    return this.#transact(() => void this.#statements.setNote.run(name, note));
  }

  check(): Promise<void> {
    return this.#run(() => {});
  }

  close(): Promise<void> {
    return this.#attempt(() => (this.#watch ?? this.#db).close());
  }

  #transact<Result>(write: () => Result): Promise<Result> {
    return this.#run(() => {
      const result = inTransaction(this.#db, write);
      this.#watch?.check();
      if (this.#watch?.isLogLong) this.#checkpoint();
      return result;
    });
  }

  /** SQLite's own checkpoints tell nobody that they fail. */
  #checkpoint(): void {
    try {
      this.#statements.checkpoint.get();
    } catch (error) {
      // All else can be tried again: what was written is durable in the log.
      if (isFailedSync(error)) throw error;
    }
  }

  #run<Result>(action: () => Result): Promise<Result> {
    return this.#attempt(() => {
      this.#watch?.check();
      return action();
    });
  }

  async #attempt<Result>(
    action: () => Result | Promise<Result>,
  ): Promise<Result> {
    if (this.#lost) throw this.#lost;
    try {
      return await action();
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  #faultOf(error: unknown): StoreError {
    const { message, hint } = describeFault(error, this.#path);
    const fact = `Cannot use the key store: ${message}`;
    if (!isFailedSync(error)) return new StoreError(fact, hint);
    return this.#lost = new FatalStoreError(fact, hint);
  }
}

function isFailedSync(error: unknown): boolean {
  return error instanceof Error && "errcode" in error &&
    SYNC_FAULTS.has(Number(error.errcode));
}

/** The hint for a file that was damaged, or that is something else. */
const NOT_KEYS =
  "Restore the key store from its backup, or name the right file with INBOX_KEY_STORE=sqlite:PATH";

function cannotOpenKeys(path: string, error: unknown): StoreError {
  const { message, hint: likely } = describeFault(error, path);
  const hint = message.includes("not a database") ? NOT_KEYS : likely;
  const fact = `Cannot open key store at ${path}: ${message}`;
  return new StoreError(fact, hint, { cause: error });
}

function prepareFile(path: string, mustExist: boolean): void {
  try {
    if (Deno.statSync(path).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  if (mustExist) {
    throw new StoreError(
      "there is no key store",
      "Put it back, or name it with INBOX_KEY_STORE: what is sealed cannot be read without it",
    );
  }
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives the files beside it the same mode.
  Deno.openSync(path, { write: true, create: true, mode: 0o600 }).close();
}

function prepareDatabase(db: DatabaseSync): void {
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  checkSchema(db); // Before a pragma changes a file that is not ours.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  // Without fullfsync macOS syncs no further than to the disk's own cache.
  db.exec(`
    PRAGMA fullfsync = 1;
    PRAGMA checkpoint_fullfsync = 1;
    PRAGMA secure_delete = ON;
  `);
  // To read it makes the log, which a copy lacks.
  if (checkSchema(db) === SCHEMA_VERSION) return;
  inTransaction(db, () => {
    // Another process may have been faster.
    if (checkSchema(db) === 0) db.exec(SCHEMA);
  });
}

/** Returns the version of the schema, 0 for an empty file. */
function checkSchema(db: DatabaseSync): number {
  const version = pragma(db, "user_version");
  const isOurs = pragma(db, "application_id") === APPLICATION_ID;
  const isEmpty = version === 0 && pragma(db, "schema_version") === 0;
  if (!isOurs && !isEmpty) {
    throw new StoreError(
      "it is another database, not a key store of persona-inbox",
      "Choose another file with INBOX_KEY_STORE=sqlite:PATH",
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `its schema has version ${version}, this program knows up to ${SCHEMA_VERSION}`,
      "Use the newer persona-inbox that wrote it; nothing was changed",
    );
  }
  return version;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    checkpoint: db.prepare("PRAGMA wal_checkpoint(PASSIVE)"),
    living: db.prepare(
      "SELECT * FROM data_keys WHERE owner = ? AND wrapped IS NOT NULL LIMIT 1",
    ),
    insert: db.prepare(
      "INSERT INTO data_keys (owner, id, wrapped_by, wrapped) VALUES (?, ?, ?, ?)",
    ),
    get: db.prepare("SELECT * FROM data_keys WHERE owner = ? AND id = ?"),
    destroy: db.prepare(
      "UPDATE data_keys SET wrapped = NULL WHERE owner = ? AND wrapped IS NOT NULL",
    ),
    others: db.prepare(
      `SELECT * FROM data_keys WHERE (owner, id) > (?, ?)
         AND wrapped_by <> ? AND wrapped IS NOT NULL
       ORDER BY owner, id LIMIT ?`,
    ),
    rewrap: db.prepare(
      `UPDATE data_keys SET wrapped_by = ?, wrapped = ?
       WHERE owner = ? AND id = ? AND wrapped = ?`,
    ),
    counts: db.prepare(
      `SELECT wrapped_by, count(*) AS count FROM data_keys
       WHERE wrapped IS NOT NULL GROUP BY wrapped_by ORDER BY wrapped_by`,
    ),
    notes: db.prepare("SELECT name, note FROM notes ORDER BY name"),
    addNote: db.prepare(
      "INSERT INTO notes (name, note) VALUES (?, ?) ON CONFLICT DO NOTHING",
    ),
    setNote: db.prepare(
      `INSERT INTO notes (name, note) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET note = excluded.note`,
    ),
  } satisfies Record<string, StatementSync>;
}

function toDataKey(row: DatabaseRow): WrappedDataKey {
  return {
    owner: String(row.owner),
    id: String(row.id),
    wrappedBy: String(row.wrapped_by),
    wrapped: bytesOf(row.wrapped),
  };
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array
    ? value as Uint8Array<ArrayBuffer>
    : new Uint8Array();
}
