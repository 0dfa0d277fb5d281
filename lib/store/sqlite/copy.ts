// A SQLite store that is made as a copy: see `lib/store/store_copy.ts`.

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import {
  ATTEMPT_COLUMNS,
  DISPATCH_COLUMNS,
  EVENT_COLUMNS,
  insertInto,
  valuesOf,
} from "../columns.ts";
import { keptDigest } from "../kept_digest.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type {
  CopiedEvent,
  CopiedTables,
  EventState,
  StoreCopy,
} from "../store_copy.ts";
import { bodyClearer } from "./body_clearer.ts";
import { SqliteContents } from "./contents.ts";
import { cannotOpen, describeFault } from "./errors.ts";
import { inTransaction } from "./in_transaction.ts";
import { lockStore, type StoreLock } from "./lock.ts";
import { markClosed, nextSession } from "./open_mark.ts";
import {
  APPLICATION_ID,
  checkSchema,
  migrate,
  UNFINISHED_ID,
} from "./schema.ts";

/** After so many events their ids are put into the index. */
const UNSETTLED_MAX = 16_384;

/**
 * Creates a store as a copy, or opens one that is not finished.
 *
 * @throws {StoreError} If there is a store with events already, or it cannot be opened.
 */
export async function openSqliteCopy(path: string): Promise<StoreCopy> {
  try {
    const lock = await lockStore(path);
    try {
      return new SqliteCopy(open(lock.path), lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 2000");
    const isUnfinished = checkSchema(db, { isCopy: true }) > 0 &&
      db.prepare("PRAGMA application_id").get()?.application_id ===
        UNFINISHED_ID;
    db.exec("PRAGMA page_size = 16384; PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = 1");
    // A page that is split leaves a copy of its payloads otherwise, which nothing erases.
    db.exec("PRAGMA secure_delete = ON");
    if (!isUnfinished) {
      migrate(db);
      if (db.prepare("SELECT 1 FROM events LIMIT 1").get()) {
        throw new StoreError(
          "it already holds events, and is not an unfinished copy",
          "Copy to a place where there is no store yet",
        );
      }
      db.exec(`PRAGMA application_id = ${UNFINISHED_ID}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteCopy extends SqliteContents implements StoreCopy {
  readonly #lock: StoreLock;
  readonly #settle: () => void;
  #unsettled = UNSETTLED_MAX; // Of an earlier process, maybe.

  constructor(db: DatabaseSync, lock: StoreLock) {
    super(db);
    this.#lock = lock;
    this.#settle = () => {
      const from = "FROM events WHERE seq > (SELECT settled_seq FROM id_index)";
      db.exec(`
        INSERT INTO event_ids SELECT id, seq ${from} ORDER BY id;
        INSERT INTO event_objects SELECT object_id, seq ${from}
          AND object_id IS NOT NULL ORDER BY object_id, seq;
        UPDATE id_index SET settled_seq =
          coalesce((SELECT max(seq) FROM events), 0);`);
      this.#unsettled = 0;
    };
  }

  add(events: readonly CopiedEvent[]): Promise<void> {
    const insertEvent = this.db.prepare(
      `${insertInto("events", EVENT_COLUMNS, ["seq"])} ON CONFLICT DO NOTHING`,
    );
    const insertBody = this.db.prepare(
      `INSERT INTO bodies (seq, content_type, body, digest, headers)
       VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    const keepDigest = this.db.prepare(
      "UPDATE events SET body_mac = ? WHERE seq = ?",
    );
    return this.#write(() => {
      for (const { seq, content, erasedAtMs } of events) {
        insertEvent.run(seq, ...valuesOf(EVENT_COLUMNS, content));
        const { contentType, body, digest, headers } = content;
        if (erasedAtMs === null) {
          insertBody.run(seq, contentType, body, digest, headers);
        } else if (digest) keepDigest.run(keptDigest(digest), seq);
      }
      this.#replace(events);
      this.#unsettled += events.length;
      if (this.#unsettled >= UNSETTLED_MAX) this.#settle();
    });
  }

  update(states: readonly EventState[]): Promise<void> {
    return this.#write(() => this.#replace(states));
  }

  async finish(tables: CopiedTables): Promise<void> {
    await this.#write(this.#settle);
    await this.#write(() => {
      for (const [name, rows] of Object.entries(tables)) {
        this.db.exec(`DELETE FROM ${name}`);
        for (const row of rows) {
          const columns = Object.keys(row);
          this.db.prepare(
            `INSERT INTO ${name} (${columns}) VALUES (${
              columns.map(() => "?")
            })`,
          ).run(...Object.values(row) as SQLInputValue[]);
        }
      }
      this.db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    });
    markClosed(this.db, nextSession(0));
  }

  override async close(): Promise<void> {
    await super.close();
    this.#lock.close();
  }

  #replace(states: readonly EventState[]): void {
    const setCounts = this.db.prepare(
      `UPDATE events SET duplicates = ?, duplicates_differing = ?,
         erased_at_ms = ? WHERE seq = ?`,
    );
    const clearBody = bodyClearer(this.db);
    const clear = ["dispatches", "attempts"].map((table) =>
      this.db.prepare(`DELETE FROM ${table} WHERE seq = ?`)
    );
    const insertDispatch = this.db.prepare(
      insertInto("dispatches", DISPATCH_COLUMNS, ["seq", "status"]),
    );
    const insertAttempt = this.db.prepare(
      // An earlier version gave some positions a second time.
      insertInto("attempts", ATTEMPT_COLUMNS, [
        "attempt_seq",
        "seq",
        "destination",
      ]).replace("INSERT", "INSERT OR REPLACE"),
    );
    for (const { seq, dispatches, attempts, ...counts } of states) {
      const { duplicates, duplicatesDiffering, erasedAtMs } = counts;
      setCounts.run(duplicates, duplicatesDiffering, erasedAtMs, seq);
      if (erasedAtMs !== null) clearBody(seq);
      for (const statement of clear) statement.run(seq);
      for (const one of dispatches) {
        const status = STATUS_CODES[one.status];
        insertDispatch.run(seq, status, ...valuesOf(DISPATCH_COLUMNS, one));
      }
      for (const one of attempts) {
        const { attemptSeq, destination } = one;
        const values = valuesOf(ATTEMPT_COLUMNS, one);
        insertAttempt.run(attemptSeq, seq, destination, ...values);
      }
    }
  }

  /** A transaction, durable with its commit. */
  #write(write: () => void): Promise<void> {
    return Promise.try(() => {
      try {
        inTransaction(this.db, write);
      } catch (error) {
        const { message, hint } = describeFault(error);
        throw new StoreError(`Cannot write the copy: ${message}`, hint);
      }
    });
  }
}
