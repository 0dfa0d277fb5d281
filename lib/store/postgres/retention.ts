// Retention in a PostgreSQL store: see `lib/store/retention.ts`.

import type { Expiry, RetentionProgress } from "../retention.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database } from "./database.ts";
import { eraseTarget, type PostgresErasures } from "./erasures.ts";
import { DURABLE } from "./inbox.ts";

const { pending, dead } = STATUS_CODES;

/** The time after which another instance may go on. */
const LEASE_MS = 120_000;

/** The most looks for holds, as one may have come meanwhile. */
const TRIES_MAX = 20;

const LEASE = `
  UPDATE $schema.retention SET holder = $1,
    expires_at = clock_timestamp() + $2::bigint * interval '1 ms'
  WHERE holder = $1 OR expires_at < clock_timestamp()
  RETURNING 1`;

const RELEASE = `
  UPDATE $schema.retention SET holder = NULL, expires_at = '-infinity'
  WHERE holder = $1`;

/**
 * Events of a batch; of those that are unfinished only what was so before. Erases nothing
 * if a hold came since they were counted.
 */
const EXPIRE = `
  WITH fence AS MATERIALIZED (
    SELECT value FROM $schema.counters
    WHERE name = 'holds' AND value = $3::bigint FOR SHARE
  ), target AS MATERIALIZED (
    SELECT e.seq FROM $schema.events e
      JOIN json_to_recordset($1::text::json) AS i(seq bigint, unfinished boolean)
        ON i.seq = e.seq
    WHERE e.erased_at_ms IS NULL AND (i.unfinished OR NOT EXISTS (
      SELECT 1 FROM $schema.dispatches d
      WHERE d.seq = e.seq AND d.status IN (${pending}, ${dead})))
      AND NOT EXISTS (
        SELECT 1 FROM $schema.holds h
        WHERE (h.until_ms IS NULL OR h.until_ms > $2::bigint)
          AND (h.kind = 'object' AND h.token = e.object_id
            OR h.link_token IN (SELECT l.token FROM $schema.links l
              WHERE l.object_id = e.object_id)))
      AND EXISTS (SELECT FROM fence)
    ORDER BY e.seq FOR UPDATE OF e
  ), ${eraseTarget("$2")}
  SELECT EXISTS (SELECT FROM fence) AS is_done, ${DURABLE}`;

const SAVE = `
  WITH saved AS (
    UPDATE $schema.retention SET state = $1
  ), done AS (
    SELECT e.seq, e.object_id, e.erased_at_ms FROM $schema.events e
    WHERE e.seq IN (SELECT json_array_elements_text($2::text::json)::bigint)
  ), removed AS (
    DELETE FROM $schema.passed_over p USING done
    WHERE p.seq = done.seq AND done.erased_at_ms IS NOT NULL
  ), added AS (
    INSERT INTO $schema.passed_over
    SELECT seq FROM done WHERE erased_at_ms IS NULL
    UNION SELECT json_array_elements_text($3::text::json)::bigint
    ON CONFLICT DO NOTHING
  ), unlinked AS (
    DELETE FROM $schema.links l USING (SELECT DISTINCT object_id FROM done) o
    WHERE l.object_id = o.object_id AND NOT EXISTS (
      SELECT 1 FROM $schema.events e
      WHERE e.object_id = o.object_id AND e.erased_at_ms IS NULL)
  )
  SELECT ${DURABLE}`;

/** Retention by one process. */
export class PostgresRetention {
  readonly #database: Database;
  readonly #erasures: PostgresErasures;
  readonly #holder: string = crypto.randomUUID();
  #isHolder = false;

  /** @param database Shared with receiving. */
  constructor(database: Database, erasures: PostgresErasures) {
    this.#database = database;
    this.#erasures = erasures;
  }

  /** Returns whether this process may erase now; the database's clock decides. */
  async lease(): Promise<boolean> {
    const values = [this.#holder, LEASE_MS];
    this.#isHolder = (await this.#database.query(LEASE, values)).length > 0;
    return this.#isHolder;
  }

  /** Lets another process go on at once. */
  async release(): Promise<void> {
    // Otherwise the lease ends by itself.
    if (!this.#isHolder) return;
    await this.#database.query(RELEASE, [this.#holder]).catch(() => {});
  }

  async expire({ events, erasedAtMs }: Expiry): Promise<void> {
    const rows = events.map(({ seq, isUnfinished: unfinished }) => ({
      seq,
      unfinished,
    }));
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const holds = await countHolds(this.#database);
      const values = [JSON.stringify(rows), erasedAtMs, holds];
      const [row] = await this.#database.query(EXPIRE, values);
      if (row?.is_done) return;
    }
    // What was not erased is passed over.
  }

  async save(
    { state, done = [], passedOver = [] }: RetentionProgress,
  ): Promise<void> {
    const seqs = done.map(({ seq }) => seq);
    const values = [state, JSON.stringify(seqs), JSON.stringify(passedOver)];
    if (seqs.length === 0) {
      await this.#database.query(SAVE, values);
      return;
    }
    await this.#erasures.remember(seqs, (query) => query(SAVE, values));
  }

  async reclaim(): Promise<void> {
    await this.#erasures.vacuum();
  }
}

/** A number that changes with each hold that is made. */
async function countHolds(database: Database): Promise<number> {
  const [row] = await database.query(
    "SELECT value FROM $schema.counters WHERE name = 'holds'",
  );
  return Number(row?.value);
}
