// The reader of a store in SQL, once for every adapter.

import {
  ATTEMPT_COLUMNS,
  bytesOf,
  type DatabaseRow,
  numberOrNullOf,
  readRow,
  textOrNullOf,
} from "./columns.ts";
import { type ErasureProgress, erasureProgressOf } from "./erasure.ts";
import type { EventFilter, IdPrefix } from "./event_filter.ts";
import type {
  Cursor,
  DispatchRow,
  DispatchState,
  EventReader,
  EventRow,
  News,
  StoredEvent,
  Totals,
} from "./event_reader.ts";
import { encodeHex } from "@std/encoding/hex";
import type { DeferredErasure, HeldQuery, Hold } from "./holds.ts";
import type { LinkProgress, UnlinkedEvent } from "./links.ts";
import type { Pause } from "./outbox.ts";
import type { KeptEvent } from "./retention.ts";
import {
  bodyOf,
  EVENT_ROW,
  toAttemptRow,
  toDispatchState,
  toEventRow,
  toPause,
} from "./rows.ts";
import {
  readDueErasures,
  readHeldOf,
  readHolds,
  readHoldsOfLinks,
  readOlderTokens,
} from "./sql_holds.ts";
import { END, readSql, type SqlSource } from "./sql_source.ts";
import { type SqlWriter, whereOf } from "./sql_where.ts";
import { STATUS_CODES } from "./status_codes.ts";

const { pending, dead } = STATUS_CODES;

/** No id has a character after it. */
const LAST_CHARACTER = "\u{10ffff}";

/** The query of {@linkcode EventReader.pauses}. */
export const PAUSES =
  "SELECT destination, since_ms FROM $schema.pauses ORDER BY destination";

/** Bodies at each end that are searched for a sealed one: takes less than a second. */
const BODIES_MAX = 10_000;

/** Bodies from one end. */
function bodiesFrom(order: "ASC" | "DESC"): string {
  return `SELECT * FROM (SELECT seq, digest, length(body) AS bytes
    FROM $schema.bodies ORDER BY seq ${order} LIMIT ${BODIES_MAX}) AS bodies`;
}

/** The queries of an adapter, which are closed with their reader. */
export interface ClosableSource extends SqlSource {
  readonly close: () => void;
}

/** A reader of one store. */
export class SqlReader implements EventReader {
  readonly #source: ClosableSource;

  constructor(source: ClosableSource) {
    this.#source = source;
  }

  async list(filter: EventFilter): Promise<readonly EventRow[]> {
    const rows = await this.#read((sql) =>
      `SELECT ${EVENT_ROW} FROM $schema.events ${whereOf(filter, sql)}
       ORDER BY seq DESC LIMIT ${sql.bind(filter.limit)}`
    );
    return rows.map(toEventRow);
  }

  async get(id: string): Promise<StoredEvent | undefined> {
    const [row] = await this.#read((sql) =>
      `SELECT ${EVENT_ROW}, content_type, headers, body,
         erased_at_ms IS NOT NULL AS is_erased FROM $schema.events
       LEFT JOIN $schema.bodies USING (seq) ${whereOf({ ids: [id] }, sql)}`
    );
    return row && {
      row: toEventRow(row),
      contentType: textOrNullOf(row.content_type),
      headers: textOrNullOf(row.headers),
      ...bodyOf(row),
      dispatches: await this.#dispatchesOf(Number(row.seq)),
    };
  }

  async idsWithPrefix(
    { prefix, of, limit }: IdPrefix,
  ): Promise<readonly string[]> {
    const rows = await this.#read((sql) => {
      const range = `BETWEEN ${sql.bind(prefix)} AND ${
        sql.bind(`${prefix}${LAST_CHARACTER}`)
      }`;
      const ids = sql.dialect.idsInRange[of](range);
      return `${ids} ORDER BY id LIMIT ${sql.bind(limit)}`;
    });
    return rows.map(({ id }) => String(id));
  }

  async dispatches(
    seqs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly DispatchState[]>> {
    const rows = await this.#read((sql) =>
      `SELECT seq, destination, status, due_at_ms, attempts FROM $schema.dispatches
       WHERE seq IN (${sql.bindIntegers(seqs)}) ORDER BY seq, destination`
    );
    const states = Map.groupBy(rows, ({ seq }) => Number(seq));
    return new Map(
      [...states].map(([seq, rows]) => [seq, rows.map(toDispatchState)]),
    );
  }

  async end(): Promise<Cursor> {
    const [row] = await this.#read(() => END);
    return { seq: Number(row?.seq), attemptSeq: Number(row?.attempt_seq) };
  }

  async news(after: Cursor, limit: number): Promise<News> {
    const events = await this.#read((sql) =>
      `SELECT ${EVENT_ROW} FROM $schema.events
       WHERE seq > ${sql.bind(after.seq)}
       ORDER BY seq LIMIT ${sql.bind(limit)}`
    );
    const attempts = await this.#read((sql) =>
      `SELECT a.*, e.id AS event_id, e.name AS event_name, d.status
       FROM $schema.attempts a JOIN $schema.events e ON e.seq = a.seq
         JOIN $schema.dispatches d
           ON d.seq = a.seq AND d.destination = a.destination
       WHERE a.attempt_seq > ${sql.bind(after.attemptSeq)}
         AND a.outcome <> 'unfinished'
       ORDER BY a.attempt_seq LIMIT ${sql.bind(limit)}`
    );
    return {
      events: events.map(toEventRow),
      attempts: attempts.map(toAttemptRow),
    };
  }

  async totals(): Promise<Totals> {
    const { eventCount, storeBytes, pendingIndex, deadIndex } =
      this.#source.dialect;
    const [events] = await this.#read(() => eventCount);
    const [size] = await this.#read(() => storeBytes);
    // An index of due times would cost a page per event and per attempt.
    const unfinished = await this.#read(() =>
      `SELECT u.destination, u.pending, u.dead, (
         SELECT min(due_at_ms) FROM (
           SELECT d.due_at_ms FROM $schema.dispatches AS d ${pendingIndex}
           WHERE d.status = ${pending} AND d.destination = u.destination
           ORDER BY d.seq LIMIT 1000
         ) AS first
       ) AS oldest_due_at_ms, (
         SELECT received_at_ms FROM $schema.events WHERE seq = (
           SELECT min(d.seq) FROM $schema.dispatches AS d ${pendingIndex}
           WHERE d.status = ${pending} AND d.destination = u.destination
         )
       ) AS oldest_received_at_ms, (
         SELECT received_at_ms FROM $schema.events WHERE seq = u.first_dead
       ) AS oldest_dead_received_at_ms
       FROM (
         SELECT destination, sum(pending) AS pending, sum(dead) AS dead,
           min(first_dead) AS first_dead FROM (
           SELECT destination, count(*) AS pending, 0 AS dead,
             NULL AS first_dead
           FROM $schema.dispatches ${pendingIndex}
           WHERE status = ${pending} GROUP BY destination
           UNION ALL
           SELECT destination, 0, count(*), min(seq)
           FROM $schema.dispatches ${deadIndex}
           WHERE status = ${dead} GROUP BY destination
         ) AS counts GROUP BY destination
       ) AS u ORDER BY u.destination`
    );
    return {
      events: Number(events?.count),
      bytes: Number(size?.bytes),
      destinations: unfinished.map((row) => ({
        destination: String(row.destination),
        pending: Number(row.pending),
        dead: Number(row.dead),
        oldestDueAtMs: numberOrNullOf(row.oldest_due_at_ms),
        oldestReceivedAtMs: numberOrNullOf(row.oldest_received_at_ms),
        oldestDeadReceivedAtMs: numberOrNullOf(row.oldest_dead_received_at_ms),
      })),
    };
  }

  async pauses(): Promise<readonly Pause[]> {
    return (await this.#read(() => PAUSES)).map(toPause);
  }

  async linkProgress(): Promise<LinkProgress> {
    const [row] = await this.#read(() =>
      `SELECT key, linked_seq,
         EXISTS (SELECT 1 FROM $schema.holds) AS has_holds,
         coalesce((SELECT max(seq) FROM $schema.events), 0) AS last_seq
       FROM $schema.link_index`
    );
    const key = bytesOf(row?.key);
    return {
      key,
      linkedSeq: Number(row?.linked_seq),
      lastSeq: Number(row?.last_seq),
      hasHolds: Boolean(row?.has_holds),
      olderTokens: await readOlderTokens(this.#source, encodeHex(key)),
    };
  }

  async unlinked(
    { afterSeq, limit }: { afterSeq: number; limit: number },
  ): Promise<readonly UnlinkedEvent[]> {
    const rows = await this.#read((sql) =>
      `SELECT seq, id, name, object_type, object_id, created_at_ms, body
       FROM $schema.events LEFT JOIN $schema.bodies USING (seq)
       WHERE (body IS NOT NULL OR erased_at_ms IS NOT NULL)
         AND seq > ${sql.bind(afterSeq)} AND seq <= ${
        sql.bind(afterSeq + limit)
      } ORDER BY seq`
    );
    return rows.map((row) => ({
      seq: Number(row.seq),
      id: String(row.id),
      name: String(row.name),
      objectType: row.object_type === null ? null : String(row.object_type),
      objectId: textOrNullOf(row.object_id),
      createdAtMs: row.created_at_ms === null
        ? null
        : Number(row.created_at_ms),
      body: bodyOf(row).body,
    }));
  }

  async linkedObjects(
    { tokens, limit }: { tokens: readonly string[]; limit: number },
  ): Promise<readonly string[]> {
    const rows = await this.#read((sql) =>
      `SELECT DISTINCT object_id FROM $schema.links
       WHERE token IN (${sql.bindTexts(tokens)})
       ORDER BY object_id LIMIT ${sql.bind(limit)}`
    );
    return rows.map(({ object_id: id }) => String(id));
  }

  holds(nowMs: number): Promise<readonly Hold[]> {
    return readHolds(this.#source, nowMs);
  }

  holdsOfLinks(
    query: { tokens: readonly string[]; nowMs: number },
  ): Promise<readonly Hold[]> {
    return readHoldsOfLinks(this.#source, query);
  }

  heldOf(query: HeldQuery): Promise<ReadonlyMap<string, readonly Hold[]>> {
    return readHeldOf(this.#source, query);
  }

  dueErasures(
    query: { nowMs: number; limit: number },
  ): Promise<readonly DeferredErasure[]> {
    return readDueErasures(this.#source, query);
  }

  async keyStoreId(): Promise<string | null> {
    const [row] = await this.#read(() => "SELECT id FROM $schema.key_store");
    return textOrNullOf(row?.id ?? null);
  }

  async newestSealed(): Promise<string | undefined> {
    const [row] = await this.#read(() =>
      `SELECT id FROM $schema.events WHERE seq = (
         SELECT max(seq) FROM (${bodiesFrom("DESC")} UNION ALL ${
        bodiesFrom("ASC")
      }) AS ends WHERE digest IS NOT NULL AND bytes > 0)`
    );
    return row && String(row.id);
  }

  async erasedAmong(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#read((sql) => {
      const { objectIds, ids: eventIds, like } = sql.dialect;
      const texts = sql.bindTexts(ids);
      const redacted = sql.bind(like.pattern("*.redacted"));
      return `SELECT object_id AS id FROM $schema.events
        WHERE ${objectIds(texts)} AND NOT name ${like.operator} ${redacted}
        GROUP BY object_id HAVING count(*) = count(erased_at_ms)
        UNION SELECT id FROM $schema.events
        WHERE ${eventIds(texts)} AND erased_at_ms IS NOT NULL`;
    });
    return rows.map(({ id }) => String(id));
  }

  async erasures(): Promise<ErasureProgress> {
    const [row] = await this.#read(() =>
      "SELECT position, log_id FROM $schema.erasures"
    );
    return erasureProgressOf(row ?? {});
  }

  async retention(): Promise<string | null> {
    const [row] = await this.#read(() => "SELECT state FROM $schema.retention");
    return textOrNullOf(row?.state ?? null);
  }

  async kept(
    { afterSeq, limit, isPassedOver = false }: {
      afterSeq: number;
      limit: number;
      isPassedOver?: boolean;
    },
  ): Promise<readonly KeptEvent[]> {
    const from = isPassedOver
      ? "$schema.passed_over p JOIN $schema.events e ON e.seq = p.seq"
      : "$schema.events e";
    const rows = await this.#read((sql) =>
      `SELECT e.seq, e.id, e.name, e.object_id, e.received_at_ms, (
         SELECT count(*) FROM $schema.dispatches d
         WHERE d.seq = e.seq AND d.status IN (${pending}, ${dead})
       ) AS unfinished
       FROM ${from}
       WHERE ${isPassedOver ? "p" : "e"}.seq > ${sql.bind(afterSeq)}
         AND e.erased_at_ms IS NULL
       ORDER BY ${isPassedOver ? "p" : "e"}.seq LIMIT ${sql.bind(limit)}`
    );
    return rows.map((row) => ({
      seq: Number(row.seq),
      id: String(row.id),
      name: String(row.name),
      objectId: textOrNullOf(row.object_id),
      receivedAtMs: Number(row.received_at_ms),
      isUnfinished: Number(row.unfinished) > 0,
    }));
  }

  close(): void {
    this.#source.close();
  }

  async #dispatchesOf(seq: number): Promise<DispatchRow[]> {
    const of = (table: string, order: string) =>
      this.#read((sql) =>
        `SELECT * FROM $schema.${table} WHERE seq = ${sql.bind(seq)}
         ORDER BY ${order}`
      );
    const dispatches = await of("dispatches", "destination");
    const attempts = Map.groupBy(
      await of("attempts", "attempt_seq"),
      ({ destination }) => destination,
    );
    return dispatches.map((row) => ({
      ...toDispatchState(row),
      attempts: (attempts.get(row.destination) ?? [])
        .map((attempt) => readRow(ATTEMPT_COLUMNS, attempt)),
    }));
  }

  #read(write: (sql: SqlWriter) => string): Promise<readonly DatabaseRow[]> {
    return readSql(this.#source, write);
  }
}
