// Retention in a PostgreSQL store: see `lib/store/retention.ts`.

import type { Expiry, RetentionProgress } from "../retention.ts";
import type { Database } from "./database.ts";
import type { PostgresErasures } from "./erasures.ts";
import { DURABLE } from "./durable.ts";

/** The time after which another instance may go on. */
const LEASE_MS = 120_000;

const LEASE = `
  UPDATE $schema.retention SET holder = $1,
    expires_at = clock_timestamp() + $2::bigint * interval '1 ms'
  WHERE holder = $1 OR expires_at < clock_timestamp()
  RETURNING 1`;

const RELEASE = `
  UPDATE $schema.retention SET holder = NULL, expires_at = '-infinity'
  WHERE holder = $1`;

const SAVE = `
  WITH saved AS (
    UPDATE $schema.retention SET state = $1
  ), added AS (
    INSERT INTO $schema.passed_over
    SELECT json_array_elements_text($2::text::json)::bigint
    ON CONFLICT DO NOTHING
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

  async expire(expiry: Expiry): Promise<readonly number[]> {
    const startMs = performance.now();
    const erased = await this.#erasures.expire(expiry);
    await expiry.pause(performance.now() - startMs);
    return erased;
  }

  async save(
    { state, passedOver = [] }: RetentionProgress,
  ): Promise<void> {
    await this.#database.query(SAVE, [state, JSON.stringify(passedOver)]);
  }

  async reclaim(): Promise<void> {
    await this.#erasures.vacuum();
  }
}
