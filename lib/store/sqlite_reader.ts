/**
 * Looks events up in a SQLite store, beside whoever writes it.
 *
 * @module
 */

import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { StoreError } from "../errors.ts";
import { cannotOpen } from "./sqlite_fault.ts";
import { checkSchema } from "./sqlite_schema.ts";
import type {
  EventFilter,
  EventReader,
  EventRow,
  StoredEvent,
} from "./store.ts";

const COLUMNS = `events.seq, id, name, object_type, object_id, created_at_ms,
  received_at_ms, secret_fingerprint, attempts_made, attempts_left,
  first_attempted_at_ms, duplicates`;

/** The latest ids are not in `event_ids` yet, see `IdIndex`. */
const SEQ_OF_ID = `
  SELECT seq FROM event_ids WHERE id = :id
  UNION
  SELECT seq FROM events
  WHERE seq > (SELECT settled_seq FROM id_index) AND id = :id`;

/**
 * Opens a store to look into it; never writes.
 *
 * @param path The database file.
 * @returns The reader.
 * @throws {StoreError} When there is no file, or no store that this version understands.
 */
export function openSqliteReader(path: string): EventReader {
  try {
    return readerOf(openReadOnly(path));
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

const NO_STORE_HINT =
  "Start persona-inbox serve or dev first, or name its store with --store sqlite:PATH";

function openReadOnly(path: string): DatabaseSync {
  if (!exists(path)) {
    throw new StoreError("the file must be there", NO_STORE_HINT);
  }
  const db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
  try {
    if (checkSchema(db) > 0) return db;
    throw new StoreError(
      "the file must be a persona-inbox store: it is empty",
      NO_STORE_HINT,
    );
  } catch (error) {
    db.close();
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function readerOf(db: DatabaseSync): EventReader {
  return {
    list(filter) {
      const { where, values } = conditions(filter);
      // Not iterate(): in Deno it ends without an error when reading fails, and while
      // it is open the writer's log cannot start anew.
      return db.prepare(
        `SELECT ${COLUMNS} FROM events ${where} ORDER BY seq DESC LIMIT ?`,
      ).all(...values, filter.limit).map(toEventRow);
    },
    get(id): StoredEvent | undefined {
      const row = db.prepare(
        `SELECT ${COLUMNS}, content_type, body FROM events
         JOIN bodies USING (seq) WHERE events.seq IN (${SEQ_OF_ID})`,
      ).get({ id });
      if (!row) return undefined;
      return {
        row: toEventRow(row),
        contentType: textOf(row.content_type),
        body: row.body instanceof Uint8Array ? row.body : new Uint8Array(),
      };
    },
    close: () => db.close(),
  };
}

function conditions(filter: EventFilter) {
  const { names = [], objectId, receivedSinceMs } = filter;
  const clauses: string[] = [];
  const values: (string | number)[] = [];
  if (names.length > 0) {
    clauses.push(`(${names.map(() => "name GLOB ?").join(" OR ")})`);
    values.push(...names.map(toSqliteGlob));
  }
  if (objectId !== undefined) {
    clauses.push("object_id = ?");
    values.push(objectId);
  }
  if (receivedSinceMs !== undefined) {
    clauses.push("received_at_ms >= ?");
    values.push(receivedSinceMs);
  }
  const where = clauses.length > 0 ? `WHERE ${clauses.join(" AND ")}` : "";
  return { where, values };
}

/** Of SQLite's wildcards only `*` is ours; `?` and `[` stand for themselves. */
function toSqliteGlob(glob: string): string {
  return glob.replace(/[?[]/g, "[$&]");
}

function toEventRow(row: Record<string, SQLOutputValue>): EventRow {
  return {
    id: String(row.id),
    name: String(row.name),
    objectType: textOf(row.object_type),
    objectId: textOf(row.object_id),
    createdAtMs: numberOf(row.created_at_ms),
    receivedAtMs: Number(row.received_at_ms),
    secretFingerprint: textOf(row.secret_fingerprint),
    attemptsMade: numberOf(row.attempts_made),
    attemptsLeft: numberOf(row.attempts_left),
    firstAttemptedAtMs: numberOf(row.first_attempted_at_ms),
    duplicates: Number(row.duplicates),
  };
}

function textOf(value: SQLOutputValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
