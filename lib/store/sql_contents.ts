// All that is in a store, in SQL, once for every adapter.

import {
  ATTEMPT_COLUMNS,
  bytesOf,
  type DatabaseRow,
  DISPATCH_COLUMNS,
  EVENT_COLUMNS,
  readRow,
  textOrNullOf,
} from "./columns.ts";
import type { Cursor } from "./event_reader.ts";
import { keptDigestOf } from "./kept_digest.ts";
import { statusOf } from "./rows.ts";
import { END, readSql, type SqlSource } from "./sql_source.ts";
import { STATUS_CODES } from "./status_codes.ts";
import {
  type CopiedEvent,
  type CopiedTables,
  type EventState,
  PAGE_BYTES,
  PAGE_EVENTS,
  type StoreContents,
} from "./store_copy.ts";

const { pending, dead } = STATUS_CODES;

/** The contents of one store; adapters add tables and closing. */
export abstract class SqlContents implements StoreContents {
  readonly #source: SqlSource;

  constructor(source: SqlSource) {
    this.#source = source;
  }

  abstract tables(): Promise<CopiedTables>;
  abstract close(): Promise<void>;

  async end(): Promise<Cursor> {
    const [row] = await readSql(this.#source, () => END);
    return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
  }

  async events(afterSeq: number): Promise<readonly CopiedEvent[]> {
    // A page must fit into memory.
    const rows = await readSql(
      this.#source,
      (sql) =>
        `SELECT e.*, b.seq IS NULL AS is_removed, b.content_type, b.headers,
         b.body, b.digest FROM (
         SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
         FROM (
           SELECT seq, coalesce(octet_length(body), 0) AS bytes
           FROM $schema.events LEFT JOIN $schema.bodies USING (seq)
           WHERE (body IS NOT NULL OR erased_at_ms IS NOT NULL)
             AND seq > ${sql.bind(afterSeq)}
           ORDER BY seq LIMIT ${PAGE_EVENTS}
         ) AS sizes
       ) AS page JOIN $schema.events e ON e.seq = page.seq
         LEFT JOIN $schema.bodies b ON b.seq = page.seq
       WHERE before < ${PAGE_BYTES} ORDER BY e.seq`,
    );
    const states = await this.states(rows.map(({ seq }) => Number(seq)));
    return rows.map((row, i) => ({
      ...states[i]!,
      content: {
        ...readRow(EVENT_COLUMNS, row),
        contentType: textOrNullOf(row.content_type),
        headers: textOrNullOf(row.headers),
        body: row.is_removed ? new Uint8Array() : bytesOf(row.body),
        digest: digestOf(row),
      },
    }));
  }

  async states(seqs: readonly number[]): Promise<readonly EventState[]> {
    const all = (table: string, columns: string, order: string) =>
      readSql(this.#source, (sql) =>
        `SELECT ${columns} FROM $schema.${table}
         WHERE seq IN (${sql.bindIntegers(seqs)}) ORDER BY ${order}`);
    const bySeq = async (table: string, order: string) =>
      Map.groupBy(
        await all(table, "*", `seq, ${order}`),
        ({ seq }) => Number(seq),
      );
    const dispatches = await bySeq("dispatches", "destination");
    const attempts = await bySeq("attempts", "attempt_seq");
    const counts = "seq, duplicates, duplicates_differing, erased_at_ms";
    return (await all("events", counts, "seq")).map((row) => ({
      seq: Number(row.seq),
      duplicates: Number(row.duplicates),
      duplicatesDiffering: Number(row.duplicates_differing),
      erasedAtMs: row.erased_at_ms === null ? null : Number(row.erased_at_ms),
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

  async changedSince({ seq, attemptSeq }: Cursor): Promise<readonly number[]> {
    const rows = await readSql(
      this.#source,
      (sql) =>
        `SELECT seq FROM $schema.attempts
         WHERE attempt_seq > ${sql.bind(attemptSeq)}
       UNION SELECT seq FROM $schema.dispatches
         WHERE status IN (${pending}, ${dead})
       UNION SELECT seq FROM $schema.events
         WHERE duplicates > 0 OR erased_at_ms IS NOT NULL
       ORDER BY seq`,
    );
    return rows.map((row) => Number(row.seq)).filter((one) => one <= seq);
  }
}

function digestOf(row: DatabaseRow): Uint8Array<ArrayBuffer> | null {
  if (row.is_removed) return keptDigestOf(row.body_mac);
  return row.digest === null ? null : bytesOf(row.digest);
}
