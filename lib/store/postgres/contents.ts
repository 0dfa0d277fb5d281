// All that is in a PostgreSQL store: see `lib/store/store_copy.ts`.

import {
  ATTEMPT_COLUMNS,
  bytesOf,
  type DatabaseRow,
  DISPATCH_COLUMNS,
  EVENT_COLUMNS,
  readRow,
} from "../columns.ts";
import type { Cursor } from "../event_reader.ts";
import type { PostgresUrl } from "../postgres_url.ts";
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

import { Database, type Parameter } from "./database.ts";
import { cannotRead } from "./errors.ts";

const { pending, dead } = STATUS_CODES;

/** Pages are large, and nobody waits for one. */
const COPY_MS = 120_000;

/** The events of a page, no more than fit into the memory. */
const PAGE = `
  SELECT e.*, b.content_type, b.body, b.digest FROM (
    SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS before
    FROM (SELECT seq, octet_length(body) AS bytes FROM $schema.bodies
      WHERE seq > $1::bigint ORDER BY seq LIMIT ${PAGE_EVENTS}) sizes
  ) page JOIN $schema.events e USING (seq) JOIN $schema.bodies b USING (seq)
  WHERE before < ${PAGE_BYTES} ORDER BY seq`;

const CHANGED = `
  SELECT seq FROM $schema.attempts WHERE attempt_seq > $1::bigint
  UNION SELECT seq FROM $schema.dispatches WHERE status IN (${pending}, ${dead})
  UNION SELECT seq FROM $schema.events WHERE duplicates > 0
  ORDER BY seq`;

/** Opens the contents of a store, which is connected to when it is first asked. */
export function openPostgresContents(place: PostgresUrl): StoreContents {
  return new PostgresContents(new Database(place, { connectionsMax: 1 }));
}

/** The contents of a store. */
export class PostgresContents implements StoreContents {
  readonly #database: Database;

  /** @param database Closed at the end. */
  constructor(database: Database) {
    this.#database = database;
  }

  async end(): Promise<Cursor> {
    const [row] = await this.#read(
      `SELECT coalesce((SELECT max(seq) FROM $schema.events), 0) AS seq,
         coalesce((SELECT max(attempt_seq) FROM $schema.attempts), 0)
           AS attempt_seq`,
    );
    return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
  }

  async events(afterSeq: number): Promise<readonly CopiedEvent[]> {
    const rows = await this.#read(PAGE, [afterSeq]);
    const states = await this.states(rows.map(({ seq }) => Number(seq)));
    return rows.map((row, i) => ({
      ...states[i]!,
      content: {
        ...readRow(EVENT_COLUMNS, row),
        contentType: row.content_type === null
          ? null
          : String(row.content_type),
        body: bytesOf(row.body),
        digest: row.digest === null ? null : bytesOf(row.digest),
      },
    }));
  }

  async states(list: readonly number[]): Promise<readonly EventState[]> {
    const seqs = `{${list.join()}}`;
    const all = async (table: string, columns: string, order: string) =>
      await this.#read(
        `SELECT ${columns} FROM $schema.${table}
         WHERE seq = ANY ($1::bigint[]) ORDER BY ${order}`,
        [seqs],
      );
    const bySeq = (rows: readonly DatabaseRow[]) =>
      Map.groupBy(rows, (row) => Number(row.seq));
    const dispatches = bySeq(await all("dispatches", "*", "seq, destination"));
    const attempts = bySeq(await all("attempts", "*", "seq, attempt_seq"));
    const counts = "seq, duplicates, duplicates_differing";
    return (await all("events", counts, "seq")).map((row) => ({
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

  async changedSince({ seq, attemptSeq }: Cursor): Promise<readonly number[]> {
    const rows = await this.#read(CHANGED, [attemptSeq]);
    return rows.map((row) => Number(row.seq)).filter((one) => one <= seq);
  }

  async tables(): Promise<CopiedTables> {
    const tables: Record<string, readonly DatabaseRow[]> = {};
    for (const name of COPIED_TABLES) {
      const [row] = await this.#read(
        `SELECT coalesce(json_agg(t), '[]')::text AS rows FROM $schema.${name} t`,
      );
      tables[name] = JSON.parse(String(row?.rows));
    }
    return tables;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Runs a statement for which nobody waits. */
  protected run(
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> {
    return this.#database.query(text, values, COPY_MS);
  }

  async #read(
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> {
    try {
      return await this.run(text, values);
    } catch (error) {
      throw cannotRead(error);
    }
  }
}
