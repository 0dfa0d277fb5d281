// The accepting side of a PostgreSQL store. A batch is one statement, or one more if
// there are duplicates in it.

import { DURABLE } from "./durable.ts";
import { EVENT_COLUMNS, namesOf, recordOf } from "../columns.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { InboxResult, InboxWrite } from "../inbox_write.ts";
import type { Delivery, Requeue } from "../store.ts";
import { BODIES, bodiesParameter } from "./bodies.ts";
import { notification } from "./changes.ts";
import type { Database } from "./database.ts";
import type { ErasureWatch } from "./erasure_watch.ts";
import { isTaken } from "./errors.ts";
import { partitionOfObject, PARTITIONS } from "./partition.ts";
import { roundsOf } from "./rounds.ts";

/** The size of a large event, so that a nearly full disk is detected. */
export const PROBE_BYTES = 128 << 10;

/** Tries of a batch of which others store a part at the same moment. */
const TRIES_MAX = 5;

/** The most tries of a batch while something is being erased all the time. */
const ERASURES_MAX = 50;

/** Requeues that are remembered for instances that did not hear of them. */
const REQUEUES_KEPT = 1_000;

const { done, pending, dead, erased } = STATUS_CODES;

const COLUMNS = namesOf(EVENT_COLUMNS).join(", ");

/** The tombstone of an event that was erased before it came in. */
const TOMBSTONE = `, CASE WHEN f.erased THEN f.received_at_ms END,
  CASE WHEN f.erased THEN (SELECT sha256(l.key || b.body)
    FROM $schema.link_index l CROSS JOIN ${BODIES} WHERE b.n = f.n) END`;

/**
 * Stores what is new, unless something was erased that this instance does not know of.
 * The counter's row is held until the commit, so that numbers are in the order of commits
 * and have no gaps. If another instance stores one of the ids at the same moment the index
 * refuses the batch, and then it is tried again.
 */
function acceptStatement(hasErased: boolean): string {
  const unlessErased = (value: string, otherwise: string) =>
    hasErased
      ? `CASE WHEN f.erased THEN ${otherwise} ELSE ${value} END`
      : value;
  return `
  WITH input AS MATERIALIZED (
    SELECT * FROM json_to_recordset((SELECT $1)::json) AS i(
      n int, id text, name text, object_type text, object_id text,
      created_at_ms bigint, received_at_ms bigint, secret_fingerprint text,
      attempts_made bigint, attempts_left bigint, first_attempted_at_ms bigint,
      partition smallint, content_type text, digest text, headers text,
      destinations json, erased boolean)
  ), fresh AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY n) AS k, i.* FROM input i
    -- By the index for each: a join may read the whole table.
    WHERE (SELECT seq FROM $schema.events e WHERE e.id = i.id) IS NULL
  ), counter AS (
    UPDATE $schema.counters SET value = value + (SELECT count(*) FROM fresh)
    WHERE name = 'events' AND epoch = $6::bigint AND EXISTS (SELECT FROM fresh)
    RETURNING value - (SELECT count(*) FROM fresh) AS base
  ), numbered AS MATERIALIZED (
    SELECT base + k AS seq, f.* FROM fresh f CROSS JOIN counter
  ), stored AS (
    INSERT INTO $schema.events
      (seq, partition, ${COLUMNS}${hasErased ? ", erased_at_ms, body_mac" : ""})
    SELECT seq, coalesce(partition, seq % ${PARTITIONS}), ${COLUMNS}
      ${hasErased ? TOMBSTONE : ""}
    FROM numbered f ORDER BY seq
  ), kept AS (
    INSERT INTO $schema.bodies (seq, content_type, body, digest, headers)
    SELECT f.seq, ${unlessErased("f.content_type", "NULL")},
      ${unlessErased("b.body", "''")}, decode(f.digest, 'base64'),
      ${unlessErased("f.headers", "NULL")}
    FROM numbered f JOIN ${BODIES} USING (n)
  ), dispatched AS (
    INSERT INTO $schema.dispatches
      (seq, destination, partition, status, due_at_ms)
    SELECT seq, d.destination, coalesce(partition, seq % ${PARTITIONS}),
      ${unlessErased(`${pending}`, `${erased}`)}, received_at_ms
    FROM numbered f, json_array_elements_text(destinations) AS d(destination)
  ), session AS MATERIALIZED (
    SELECT ${DURABLE}, CASE WHEN $3::boolean THEN pg_notify($4, $5) END
  )
  SELECT n FROM numbered CROSS JOIN session`;
}

/**
 * Counts copies. Where only one of two bodies is encrypted, they cannot be compared, and
 * neither can those of an erased event that was copied from another store.
 */
const COUNT = `
  WITH copies AS MATERIALIZED (
    SELECT i.n, e.seq, CASE
      WHEN (i.digest IS NULL) <> (k.digest IS NULL) THEN false
      WHEN i.digest IS NOT NULL THEN decode(i.digest, 'base64') <> k.digest
      WHEN e.body_mac IS NOT NULL THEN sha256(l.key || b.body) <> e.body_mac
      WHEN e.erased_at_ms IS NOT NULL THEN false
      ELSE b.body <> k.body END AS differs
    FROM json_to_recordset($1::text::json) AS i(n int, id text, digest text)
      JOIN ${BODIES} USING (n)
      JOIN $schema.events e USING (id) JOIN $schema.bodies k USING (seq)
      CROSS JOIN $schema.link_index l
  ), counted AS (
    UPDATE $schema.events e SET duplicates = duplicates + c.copies,
      duplicates_differing = duplicates_differing + c.differing
    FROM (SELECT seq, count(*) AS copies,
            count(*) FILTER (WHERE differs) AS differing
          FROM copies GROUP BY seq) c
    WHERE e.seq = c.seq
  )
  SELECT n, differs, ${DURABLE} FROM copies`;

const MAKE_PENDING = `
  INSERT INTO $schema.dispatches AS d
    (seq, destination, partition, status, due_at_ms)
  SELECT e.seq, k.destination, e.partition, ${pending}, $2::bigint
  FROM keys k JOIN $schema.events e USING (seq)
  WHERE e.erased_at_ms IS NULL ORDER BY e.seq, k.destination
  ON CONFLICT (seq, destination) DO UPDATE SET status = excluded.status,
    due_at_ms = excluded.due_at_ms, failures = 0, replays = d.replays + 1
  RETURNING seq`;

const MAKE_UNFINISHED_PENDING = `
  UPDATE $schema.dispatches d SET due_at_ms = $2::bigint, failures = 0,
    replays = d.replays + (d.status = ${dead})::int, status = ${pending}
  FROM keys k WHERE d.seq = k.seq AND d.destination = k.destination
    AND d.status NOT IN (${done}, ${erased})
  RETURNING d.seq`;

/** Makes dispatches pending, and leaves word for instances that do not listen. */
function requeueStatement(onlyUnfinished: boolean): string {
  return `
    WITH keys AS (
      SELECT * FROM json_to_recordset($1::text::json)
        AS k(seq bigint, destination text)
    ), requeued AS (
      ${onlyUnfinished ? MAKE_UNFINISHED_PENDING : MAKE_PENDING}
    ), counter AS (
      UPDATE $schema.counters SET value = value + 1
      WHERE name = 'requeues' AND EXISTS (SELECT FROM requeued)
      RETURNING value
    ), noted AS (
      INSERT INTO $schema.requeues (number, from_seq)
      SELECT value, (SELECT min(seq) FROM requeued) FROM counter
    ), removed AS (
      DELETE FROM $schema.requeues r USING counter
      WHERE r.number <= value - ${REQUEUES_KEPT}
    )
    SELECT ${DURABLE}, pg_notify($3, $4) FROM counter`;
}

interface Numbered {
  readonly n: number;
  readonly delivery: Delivery;
  readonly destinations: readonly string[];
}

/** The writer of deliveries and requeues. */
export class PostgresInbox {
  readonly #database: Database;
  readonly #watch: ErasureWatch;
  readonly #channel: string;
  readonly #origin: string;

  /**
   * @param place The channel of notifications, and the name of this process in them.
   * @param watch What is known of erasures.
   */
  constructor(
    database: Database,
    { channel, origin }: { channel: string; origin: string },
    watch: ErasureWatch,
  ) {
    this.#database = database;
    this.#watch = watch;
    this.#channel = channel;
    this.#origin = origin;
  }

  /** Stores a batch; when it throws, a part may be stored. */
  async commit(batch: readonly InboxWrite[]): Promise<InboxResult[]> {
    const deliveries = batch.flatMap((write, i) =>
      "requeue" in write ? [] : { ...write, n: i + 1 }
    );
    const results = await this.#accept(deliveries);
    for (const write of batch) {
      if ("requeue" in write) await this.#requeue(write.requeue);
    }
    return batch.map((_, i) => results.get(i + 1));
  }

  /** Writes, syncs and removes something of a large event's size. */
  async probe(): Promise<void> {
    await this.#database.query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       INSERT INTO $schema.probe SELECT decode(repeat('00', $1::int), 'hex')
       FROM session`,
      [PROBE_BYTES],
    );
    await this.#database.query("DELETE FROM $schema.probe");
  }

  async #accept(
    deliveries: readonly Numbered[],
  ): Promise<ReadonlyMap<number, InboxResult>> {
    const results = new Map<number, InboxResult>();
    let left: readonly Numbered[] = deliveries;
    for (let tries = 1; left.length > 0; tries++) {
      // Further copies in the batch are duplicates whatever comes of the first one.
      left = await this.#withLivingKeys(left);
      const [first = []] = roundsOf(left, ({ delivery }) => delivery.id);
      for (const n of await this.#store(first)) {
        results.set(n, { ok: true, duplicate: false });
      }
      await this.#count(left.filter(({ n }) => !results.has(n)), results);
      left = left.filter(({ n }) => !results.has(n));
      // Something was erased meanwhile: now it is known.
      if (left.length > 0 && tries === ERASURES_MAX) break;
      if (left.length > 0 && !await this.#watch.look()) break;
    }
    return results;
  }

  /** Without those of which encrypting anew failed. */
  async #withLivingKeys(
    deliveries: readonly Numbered[],
  ): Promise<readonly Numbered[]> {
    await this.#watch.epoch();
    const { generation } = this.#watch;
    const isOutdated = ({ delivery: { sealed } }: Numbered) =>
      sealed !== undefined && sealed.generation !== generation;
    if (!deliveries.some(isOutdated)) return deliveries;
    const living = await Promise.all(deliveries.map(async (one) => {
      if (!isOutdated(one)) return one;
      const delivery = await one.delivery.sealed?.again();
      return delivery && { ...one, delivery };
    }));
    return living.filter((one) => one !== undefined);
  }

  async #count(
    copies: readonly Numbered[],
    results: Map<number, InboxResult>,
  ): Promise<void> {
    if (copies.length === 0) return;
    const rows = await this.#database.query(COUNT, [
      JSON.stringify(
        copies.map(({ delivery }, i) => ({
          n: i + 1,
          id: delivery.id,
          digest: delivery.digest?.toBase64() ?? null,
        })),
      ),
      bodiesParameter(copies.map(({ delivery }) => delivery.body)),
    ]);
    for (const { n, differs } of rows) {
      const copy = copies[Number(n) - 1];
      const duplicate = { ok: true, duplicate: true } as const;
      if (!copy) continue;
      results.set(copy.n, {
        ...duplicate,
        ...(differs === true && { differs: true }),
      });
    }
  }

  /** Stores what is new: which they are. */
  async #store(deliveries: readonly Numbered[]): Promise<number[]> {
    const epoch = await this.#watch.epoch();
    const erased = await this.#watch.erasedAmong(
      deliveries.map(({ delivery }) => delivery),
    );
    const values = [
      JSON.stringify(deliveries.map(({ delivery, destinations }, i) => ({
        n: i + 1,
        ...recordOf(EVENT_COLUMNS, delivery),
        content_type: delivery.contentType,
        digest: delivery.digest?.toBase64() ?? null,
        headers: delivery.headers ?? null,
        partition: partitionOfObject(delivery.objectId) ?? null,
        destinations,
        erased: erased.has(delivery),
      }))),
      bodiesParameter(deliveries.map(({ delivery }) => delivery.body)),
      deliveries.some(({ destinations }) => destinations.length > 0),
      this.#channel,
      notification("events", this.#origin),
      epoch,
    ];
    const statement = acceptStatement(erased.size > 0);
    for (let tries = 1;; tries++) {
      try {
        const rows = await this.#database.query(statement, values);
        return rows.flatMap(({ n }) => deliveries[Number(n) - 1]?.n ?? []);
      } catch (error) {
        // Another instance stored one of them meanwhile.
        if (!isTaken(error) || tries === TRIES_MAX) throw error;
      }
    }
  }

  async #requeue(
    { keys, dueAtMs, onlyUnfinished = false }: Requeue,
  ): Promise<void> {
    const statement = requeueStatement(onlyUnfinished);
    // A statement changes a row only once.
    const nameOf = ({ seq, destination }: (typeof keys)[number]) =>
      `${seq} ${destination}`;
    const news = notification("requeues", this.#origin);
    for (const round of roundsOf(keys, nameOf)) {
      const values = [JSON.stringify(round), dueAtMs, this.#channel, news];
      await this.#database.query(statement, values);
    }
  }
}
