// All that is in a SQLite store, read beside its server: see `lib/store/store_copy.ts`.

import type { DatabaseSync } from "node:sqlite";
import {
  ATTEMPT_COLUMNS,
  DISPATCH_COLUMNS,
  EVENT_COLUMNS,
  readRow,
} from "../columns.ts";
import type { Cursor } from "../event_reader.ts";
import { statusOf } from "../rows.ts";
import { STATUS_CODES } from "../status_codes.ts";
import {
  COPIED_TABLES,
  type CopiedEvent,
  type CopiedTables,
  type EventState,
  PAGE_BYTES,
  PAGE_EVENTS,
  type StoreContents,
} from "../store_copy.ts";
import { checkAtRest } from "./check_at_rest.ts";
import { readFrom } from "./errors.ts";
import { openReadOnly } from "./read_only.ts";

const { pending, dead } = STATUS_CODES;

/** The events of a page, no more than fit into the memory. */
const PAGE = `
  SELECT e.*, b.content_type, b.body, b.digest FROM (
    SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
    FROM (SELECT seq, length(body) AS bytes FROM bodies
      WHERE seq > ? ORDER BY seq LIMIT ${PAGE_EVENTS})
  ) page JOIN events e USING (seq) JOIN bodies b USING (seq)
  WHERE before < ${PAGE_BYTES} ORDER BY seq`;

const LISTED = "(SELECT value FROM json_each(:seqs))";

const CHANGED = `
  SELECT seq FROM attempts WHERE attempt_seq > :attemptSeq
  UNION SELECT seq FROM dispatches WHERE status IN (${pending}, ${dead})
  UNION SELECT seq FROM events WHERE duplicates > 0
  ORDER BY seq`;

/**
 * Opens the contents of a store.
 *
 * @throws {StoreError} If there is no such store, it lost something, or this version
 *   cannot read it.
 */
export function openSqliteContents(path: string): StoreContents {
  checkAtRest(path);
  return new SqliteContents(openReadOnly(path));
}

/** The contents of a store on a connection. */
export class SqliteContents implements StoreContents {
  protected readonly db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  end(): Promise<Cursor> {
    return readFrom(() => {
      const row = this.db.prepare(
        `SELECT (SELECT max(seq) FROM events) AS seq,
           (SELECT max(attempt_seq) FROM attempts) AS attempt_seq`,
      ).get();
      return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
    });
  }

  events(afterSeq: number): Promise<readonly CopiedEvent[]> {
    return readFrom(() => {
      const rows = this.db.prepare(PAGE).all(afterSeq);
      const states = this.#states(rows.map(({ seq }) => Number(seq)));
      return rows.map((row, i) => ({
        ...states[i]!,
        content: {
          ...readRow(EVENT_COLUMNS, row),
          contentType: row.content_type === null
            ? null
            : String(row.content_type),
          body: row.body as Uint8Array,
          digest: row.digest as Uint8Array | null,
        },
      }));
    });
  }

  states(seqs: readonly number[]): Promise<readonly EventState[]> {
    return readFrom(() => this.#states(seqs));
  }

  changedSince({ seq, attemptSeq }: Cursor): Promise<readonly number[]> {
    return readFrom(() =>
      this.db.prepare(CHANGED).all({ attemptSeq })
        .map((row) => Number(row.seq)).filter((one) => one <= seq)
    );
  }

  tables(): Promise<CopiedTables> {
    return readFrom(() =>
      Object.fromEntries(
        COPIED_TABLES.map((
          name,
        ) => [name, this.db.prepare(`SELECT * FROM ${name}`).all()]),
      )
    );
  }

  close(): Promise<void> {
    this.db.close();
    return Promise.resolve();
  }

  #states(list: readonly number[]): EventState[] {
    const seqs = JSON.stringify(list);
    const all = (table: string, order: string) =>
      Map.groupBy(
        this.db.prepare(
          `SELECT * FROM ${table} WHERE seq IN ${LISTED} ORDER BY seq, ${order}`,
        ).all({ seqs }),
        (row) => Number(row.seq),
      );
    const dispatches = all("dispatches", "destination");
    const attempts = all("attempts", "attempt_seq");
    return this.db.prepare(
      `SELECT seq, duplicates, duplicates_differing FROM events
       WHERE seq IN ${LISTED} ORDER BY seq`,
    ).all({ seqs }).map((row) => ({
      seq: Number(row.seq),
      duplicates: Number(row.duplicates),
      duplicatesDiffering: Number(row.duplicates_differing),
      dispatches: (dispatches.get(Number(row.seq)) ?? []).map((one) => ({
        ...readRow(DISPATCH_COLUMNS, one),
        status: statusOf(one.status),
      })),
      attempts: (attempts.get(Number(row.seq)) ?? []).map((one) => ({
        ...readRow(ATTEMPT_COLUMNS, one),
        attemptSeq: Number(one.attempt_seq),
        destination: String(one.destination),
      })),
    }));
  }
}
