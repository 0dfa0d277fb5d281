// A key store in a SQLite file of its own. Every transaction is synced by SQLite before
// it returns; a server has it in a thread.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { FatalStoreError, StoreError } from "../../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  Rewrapping,
  StoredDataKey,
  WrappedDataKey,
} from "../key_store.ts";
import type { DatabaseRow } from "../columns.ts";
import { inTransaction } from "./in_transaction.ts";
import { prepareKeyFile, prepareKeys } from "./key_schema.ts";
import { describeFault } from "./errors.ts";
import { WatchedKeys } from "./watched_keys.ts";

/** SQLite's codes of failed syncs (sqlite.org/rescode.html). */
const SYNC_FAULTS: ReadonlySet<number> = new Set([1034, 1290]);

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
      if (path !== ":memory:") prepareKeyFile(path, mustExist);
      this.#db = new DatabaseSync(path);
    } catch (error) {
      throw cannotOpenKeys(path, error);
    }
    try {
      prepareKeys(this.#db);
      this.#statements = prepare(this.#db);
      this.#watch = isWatched && path !== ":memory:"
        ? new WatchedKeys(path, this.#db)
        : undefined;
      if (this.#watch) {
        this.#db.exec("PRAGMA wal_autocheckpoint = 0");
        // A process that was killed may have left there what it had destroyed.
        if (this.#watch.hasLog) this.#statements.scrub.get();
      }
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

  destroy(owners: readonly string[]): Promise<number> {
    const { destroy } = this.#statements;
    return this.#destroy(owners, (owner) => destroy.run(owner));
  }

  retire(owners: readonly string[]): Promise<readonly DataKeyName[]> {
    const { retire, retired } = this.#statements;
    return this.#transact(() =>
      owners.flatMap((owner) => {
        retire.run(owner);
        return retired.all(owner).map(toName);
      })
    );
  }

  destroyRetired(names: readonly DataKeyName[]): Promise<number> {
    const { destroyRetired } = this.#statements;
    return this.#destroy(
      names,
      ({ owner, id }) => destroyRetired.run(owner, id),
    );
  }

  replaced(): Promise<readonly DataKeyName[]> {
    return this.#run(() => this.#statements.replaced.all().map(toName));
  }

  wrappedByOthers(
    wrappedBy: string,
    page: { readonly after: DataKeyName | null; readonly limit: number },
  ): Promise<readonly StoredDataKey[]> {
    return this.#run(() => {
      const { owner, id } = page.after ?? { owner: "", id: "" };
      return this.#statements.others.all(owner, id, wrappedBy, page.limit)
        .map((row) => ({
          ...toDataKey(row),
          isRetired: row.is_retired === 1,
        }));
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
    return this.#run(() => void this.#statements.scrub.get());
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

  /** A file that keeps its name and its log keeps its keys. */
  check(): Promise<number> {
    return this.#run(() => 0);
  }

  missing(names: readonly DataKeyName[]): Promise<readonly DataKeyName[]> {
    const { get } = this.#statements;
    return this.#run(() =>
      names.filter(({ owner, id }) => !get.get(owner, id))
    );
  }

  putBack(keys: readonly WrappedDataKey[]): Promise<void> {
    return this.#transact(() => {
      for (const { owner, id, wrappedBy, wrapped } of keys) {
        const isRetired = this.#statements.living.get(owner) ? 1 : 0;
        this.#statements.putBack.run(owner, id, wrappedBy, wrapped, isRetired);
      }
    });
  }

  close(): Promise<void> {
    return this.#attempt(() => (this.#watch ?? this.#db).close());
  }

  async #destroy<Named>(
    all: readonly Named[],
    run: (one: Named) => { readonly changes: number | bigint },
  ): Promise<number> {
    const destroyed = await this.#transact(() =>
      all.reduce((sum, one) => sum + Number(run(one).changes), 0)
    );
    if (destroyed > 0) await this.scrub();
    return destroyed;
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

/** Wraps an error of opening a key store. */
export function cannotOpenKeys(path: string, error: unknown): StoreError {
  const { message, hint: likely } = describeFault(error, path);
  const hint = message.includes("not a database") ? NOT_KEYS : likely;
  const fact = `Cannot open key store at ${path}: ${message}`;
  return new StoreError(fact, hint, { cause: error });
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    checkpoint: db.prepare("PRAGMA wal_checkpoint(PASSIVE)"),
    scrub: db.prepare("PRAGMA wal_checkpoint(TRUNCATE)"),
    living: db.prepare(
      `SELECT * FROM data_keys
       WHERE owner = ? AND wrapped IS NOT NULL AND is_retired = 0`,
    ),
    insert: db.prepare(
      "INSERT INTO data_keys (owner, id, wrapped_by, wrapped) VALUES (?, ?, ?, ?)",
    ),
    putBack: db.prepare(
      `INSERT INTO data_keys (owner, id, wrapped_by, wrapped, is_retired)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, id) DO NOTHING`,
    ),
    get: db.prepare("SELECT * FROM data_keys WHERE owner = ? AND id = ?"),
    destroy: db.prepare(
      `UPDATE data_keys SET wrapped = NULL, is_retired = 0
       WHERE owner = ? AND wrapped IS NOT NULL`,
    ),
    retire: db.prepare(
      `UPDATE data_keys SET is_retired = 1
       WHERE owner = ? AND wrapped IS NOT NULL`,
    ),
    retired: db.prepare(
      `SELECT owner, id FROM data_keys
       WHERE owner = ? AND wrapped IS NOT NULL AND is_retired = 1`,
    ),
    destroyRetired: db.prepare(
      `UPDATE data_keys SET wrapped = NULL
       WHERE owner = ? AND id = ? AND is_retired = 1 AND wrapped IS NOT NULL`,
    ),
    replaced: db.prepare(
      "SELECT owner, id FROM data_keys WHERE wrapped IS NULL AND is_retired = 1",
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

function toName({ owner, id }: DatabaseRow): DataKeyName {
  return { owner: String(owner), id: String(id) };
}

function toDataKey(row: DatabaseRow): WrappedDataKey {
  return {
    ...toName(row),
    wrappedBy: String(row.wrapped_by),
    wrapped: bytesOf(row.wrapped),
  };
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array
    ? value as Uint8Array<ArrayBuffer>
    : new Uint8Array();
}
