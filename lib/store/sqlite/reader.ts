/**
 * The reader of a SQLite store, beside its writer.
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { whereEvents, WITH_PREFIX } from "./where.ts";
import { readFrom } from "./errors.ts";
import { readLinkedObjects, readLinkProgress, readUnlinked } from "./links.ts";
import type { LinkProgress, UnlinkedEvent } from "../links.ts";
import { openReadOnly } from "./read_only.ts";
import { readPauses } from "./pauses.ts";
import { readTotals } from "./totals.ts";
import { ATTEMPT_COLUMNS, readRow } from "../columns.ts";
import {
  eventRow,
  toAttemptRow,
  toDispatchState,
  toEventRow,
} from "../rows.ts";
import type { Pause } from "../outbox.ts";
import type { EventFilter, IdPrefix } from "../event_filter.ts";
import type {
  Cursor,
  DispatchRow,
  DispatchState,
  EventReader,
  EventRow,
  News,
  StoredEvent,
  Totals,
} from "../event_reader.ts";

const EVENT_ROW = eventRow();

/** No id has a character after it. */
const LAST_CHARACTER = "\u{10ffff}";

/**
 * Opens a store for reading; never writes.
 *
 * @param path The database file.
 * @returns The reader.
 * @throws {StoreError} If there is no file, or no store that this version understands.
 */
export function openSqliteReader(path: string): EventReader {
  const db = openReadOnly(path);
  return new SqliteReader(db, () => db.close());
}

/** A reader on a connection; each query is finished when it returns. */
export class SqliteReader implements EventReader {
  readonly #db: DatabaseSync;
  readonly close: () => void;

  /**
   * @param db The connection.
   * @param close Called at the end.
   */
  constructor(db: DatabaseSync, close: () => void) {
    this.#db = db;
    this.close = close;
  }

  list(filter: EventFilter): Promise<readonly EventRow[]> {
    return readFrom(() => {
      const { where, values } = whereEvents(filter);
      // Not iterate(): in Deno it ends without an error when reading fails, and while
      // it is open the writer's log cannot restart.
      return this.#db.prepare(
        `SELECT ${EVENT_ROW} FROM events ${where} ORDER BY seq DESC LIMIT :limit`,
      ).all({ ...values, limit: filter.limit }).map(toEventRow);
    });
  }

  get(id: string): Promise<StoredEvent | undefined> {
    return readFrom(() => {
      const { where, values } = whereEvents({ ids: [id] });
      const row = this.#db.prepare(
        `SELECT ${EVENT_ROW}, content_type, body FROM events
         JOIN bodies USING (seq) ${where}`,
      ).get({ ...values });
      if (!row) return undefined;
      const { content_type: contentType, body } = row;
      return {
        row: toEventRow(row),
        contentType: typeof contentType === "string" ? contentType : null,
        body: body instanceof Uint8Array ? body : new Uint8Array(),
        dispatches: this.#dispatchesOf(Number(row.seq)),
      };
    });
  }

  idsWithPrefix({ prefix, of, limit }: IdPrefix): Promise<readonly string[]> {
    return readFrom(() =>
      this.#db.prepare(WITH_PREFIX[of]).all({
        from: prefix,
        to: `${prefix}${LAST_CHARACTER}`,
        limit,
      }).map(({ id }) => String(id))
    );
  }

  dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>> {
    return readFrom(() => {
      const states = new Map<number, DispatchState[]>();
      const rows = this.#db.prepare(
        `SELECT seq, destination, status, due_at_ms FROM dispatches
         WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq, destination`,
      ).all(JSON.stringify(seqs));
      for (const row of rows) {
        const seq = Number(row.seq);
        const known = states.get(seq);
        if (known) known.push(toDispatchState(row));
        else states.set(seq, [toDispatchState(row)]);
      }
      return states;
    });
  }

  end(): Promise<Cursor> {
    return readFrom(() => {
      const row = this.#db.prepare(
        `SELECT (SELECT max(seq) FROM events) AS seq,
           (SELECT max(attempt_seq) FROM attempts) AS attempt_seq`,
      ).get();
      return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
    });
  }

  news(after: Cursor, limit: number): Promise<News> {
    return readFrom(() => ({
      events: this.#db.prepare(
        `SELECT ${EVENT_ROW} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
      ).all(after.seq, limit).map(toEventRow),
      attempts: this.#db.prepare(
        `SELECT attempts.*, events.id AS event_id, events.name AS event_name,
           (SELECT status FROM dispatches d WHERE d.seq = attempts.seq
              AND d.destination = attempts.destination) AS status
         FROM attempts JOIN events USING (seq)
         WHERE attempt_seq > ? AND outcome <> 'unfinished'
         ORDER BY attempt_seq LIMIT ?`,
      ).all(after.attemptSeq, limit).map(toAttemptRow),
    }));
  }

  totals(): Promise<Totals> {
    return readFrom(() => readTotals(this.#db));
  }

  linkProgress(): Promise<LinkProgress> {
    return readFrom(() => readLinkProgress(this.#db));
  }

  unlinked(
    page: { afterSeq: number; limit: number },
  ): Promise<readonly UnlinkedEvent[]> {
    return readFrom(() => readUnlinked(this.#db, page));
  }

  linkedObjects(
    query: { tokens: readonly string[]; limit: number },
  ): Promise<readonly string[]> {
    return readFrom(() => readLinkedObjects(this.#db, query));
  }

  pauses(): Promise<readonly Pause[]> {
    return readFrom(() => readPauses(this.#db));
  }

  #dispatchesOf(seq: number): DispatchRow[] {
    const attempts = this.#db.prepare(
      "SELECT * FROM attempts WHERE seq = ? ORDER BY attempt_seq",
    ).all(seq);
    return this.#db.prepare(
      "SELECT * FROM dispatches WHERE seq = ? ORDER BY destination",
    ).all(seq).map((row) => ({
      ...toDispatchState(row),
      attempts: attempts.filter(({ destination }) =>
        destination === row.destination
      ).map((attempt) => readRow(ATTEMPT_COLUMNS, attempt)),
    }));
  }
}
