// The reader of a PostgreSQL store.

import { ATTEMPT_COLUMNS, type DatabaseRow, readRow } from "../columns.ts";
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
import type { Pause } from "../outbox.ts";
import {
  eventRow,
  toAttemptRow,
  toDispatchState,
  toEventRow,
} from "../rows.ts";
import type { LinkProgress, UnlinkedEvent } from "../links.ts";
import { bytesOf } from "./bytes.ts";
import type { Database, Parameter } from "./database.ts";
import { cannotRead } from "./errors.ts";
import { readLinkedObjects, readLinkProgress, readUnlinked } from "./links.ts";
import { readPauses } from "./pauses.ts";
import { readTotals } from "./totals.ts";
import { whereEvents } from "./where.ts";

/** A search through many events may take longer than a delivery may wait. */
const READ_MS = 30_000;

/** No id has a character after it. */
const LAST_CHARACTER = "\u{10ffff}";

const EVENT_ROW = eventRow("$schema.");
const ID_COLUMNS = { event: "id", object: "object_id" } as const;

/** A reader on connections of its own. */
export class PostgresReader implements EventReader {
  readonly #database: Database;

  /** @param database Closed by `close()`. */
  constructor(database: Database) {
    this.#database = database;
  }

  async list(filter: EventFilter): Promise<readonly EventRow[]> {
    const { where, values } = whereEvents(filter);
    const limit = `$${values.length + 1}::bigint`;
    const rows = await this.#read(
      `SELECT ${EVENT_ROW} FROM $schema.events ${where}
       ORDER BY seq DESC LIMIT ${limit}`,
      [...values, filter.limit],
    );
    return rows.map(toEventRow);
  }

  async get(id: string): Promise<StoredEvent | undefined> {
    const [row] = await this.#read(
      `SELECT ${EVENT_ROW}, content_type, body FROM $schema.events
       JOIN $schema.bodies USING (seq) WHERE id = $1`,
      [id],
    );
    if (!row) return undefined;
    const { content_type: contentType, body } = row;
    return {
      row: toEventRow(row),
      contentType: typeof contentType === "string" ? contentType : null,
      body: bytesOf(body),
      dispatches: await this.#dispatchesOf(Number(row.seq)),
    };
  }

  async idsWithPrefix(
    { prefix, of, limit }: IdPrefix,
  ): Promise<readonly string[]> {
    const column = ID_COLUMNS[of];
    const rows = await this.#read(
      `SELECT DISTINCT ${column} AS id FROM $schema.events
       WHERE ${column} BETWEEN $1 AND $2
       ORDER BY ${column} LIMIT $3::bigint`,
      [prefix, `${prefix}${LAST_CHARACTER}`, limit],
    );
    return rows.map(({ id }) => String(id));
  }

  async dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>> {
    const states = new Map<number, DispatchState[]>();
    const rows = await this.#read(
      `SELECT seq, destination, status, due_at_ms FROM $schema.dispatches
       WHERE seq = ANY ($1::bigint[]) ORDER BY seq, destination`,
      [`{${seqs.join()}}`],
    );
    for (const row of rows) {
      const seq = Number(row.seq);
      const known = states.get(seq);
      if (known) known.push(toDispatchState(row));
      else states.set(seq, [toDispatchState(row)]);
    }
    return states;
  }

  async end(): Promise<Cursor> {
    const [row] = await this.#read(
      `SELECT coalesce((SELECT max(seq) FROM $schema.events), 0) AS seq,
         coalesce((SELECT max(attempt_seq) FROM $schema.attempts), 0)
           AS attempt_seq`,
    );
    return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
  }

  async news(after: Cursor, limit: number): Promise<News> {
    const [events, attempts] = await Promise.all([
      this.#read(
        `SELECT ${EVENT_ROW} FROM $schema.events WHERE seq > $1::bigint
         ORDER BY seq LIMIT $2::bigint`,
        [after.seq, limit],
      ),
      this.#read(
        `SELECT a.*, e.id AS event_id, e.name AS event_name, d.status
         FROM $schema.attempts a JOIN $schema.events e USING (seq)
           JOIN $schema.dispatches d USING (seq, destination)
         WHERE attempt_seq > $1::bigint AND outcome <> 'unfinished'
         ORDER BY attempt_seq LIMIT $2::bigint`,
        [after.attemptSeq, limit],
      ),
    ]);
    return {
      events: events.map(toEventRow),
      attempts: attempts.map(toAttemptRow),
    };
  }

  totals(): Promise<Totals> {
    return readTotals(this.#read);
  }

  pauses(): Promise<readonly Pause[]> {
    return readPauses(this.#read);
  }

  linkProgress(): Promise<LinkProgress> {
    return readLinkProgress(this.#read);
  }

  unlinked(
    page: { afterSeq: number; limit: number },
  ): Promise<readonly UnlinkedEvent[]> {
    return readUnlinked(this.#read, page);
  }

  linkedObjects(
    query: { tokens: readonly string[]; limit: number },
  ): Promise<readonly string[]> {
    return readLinkedObjects(this.#read, query);
  }

  close(): void {
    void this.#database.close();
  }

  async #dispatchesOf(seq: number): Promise<DispatchRow[]> {
    const [dispatches, attempts] = await Promise.all([
      this.#read(
        `SELECT * FROM $schema.dispatches WHERE seq = $1::bigint
         ORDER BY destination`,
        [seq],
      ),
      this.#read(
        `SELECT * FROM $schema.attempts WHERE seq = $1::bigint
         ORDER BY attempt_seq`,
        [seq],
      ),
    ]);
    return dispatches.map((row) => ({
      ...toDispatchState(row),
      attempts: attempts.filter(({ destination }) =>
        destination === row.destination
      ).map((attempt) => readRow(ATTEMPT_COLUMNS, attempt)),
    }));
  }

  readonly #read = async (
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> => {
    try {
      return await this.#database.query(text, values, READ_MS);
    } catch (error) {
      throw cannotRead(error);
    }
  };
}
