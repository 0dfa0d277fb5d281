// Erasure of payloads in a PostgreSQL store: see `lib/store/erasure.ts`. Freed pages are
// given back to the table, and the server overwrites them in its own time; its log and
// its backups are the administrator's.

import { StoreError } from "../../errors.ts";
import type { DatabaseRow } from "../columns.ts";
import {
  erasedEventsOf,
  erasedIdsOf,
  type ErasedObject,
  type EraseOutcome,
  type Erasure,
  type ErasureProgress,
  findLogFault,
  type FoundLog,
} from "../erasure.ts";
import { isHeld } from "../sql_holds.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database, Query } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import type { PostgresErasureLog } from "./erasure_log.ts";
import { DURABLE } from "./inbox.ts";

const { pending, dead, erased } = STATUS_CODES;

/** An erasure of a restored store may have much to do. */
const ERASE_MS = 600_000;

/** Nothing is received meanwhile. */
const EXCLUSIVE_MS = 4_000;

/** A vacuum reads all of a large table; nothing waits for it. */
const VACUUM_MS = 3_600_000;

/**
 * Returns the parts of a statement that erase the events in its part `target`.
 *
 * @param erasedAtMs The placeholder of the time.
 */
export function eraseTarget(erasedAtMs: string): string {
  return `marked AS (
    UPDATE $schema.events e SET erased_at_ms = ${erasedAtMs}::bigint,
      body_mac = sha256(l.key || b.body)
    FROM target t JOIN $schema.bodies b USING (seq)
      CROSS JOIN $schema.link_index l
    WHERE e.seq = t.seq
  ), cleared AS (
    UPDATE $schema.bodies b SET content_type = NULL, headers = NULL, body = ''
    FROM target t WHERE b.seq = t.seq
  ), silenced AS (
    UPDATE $schema.attempts a SET output = ''
    FROM target t WHERE a.seq = t.seq
  ), ended AS (
    UPDATE $schema.dispatches d SET status = ${erased}
    FROM target t WHERE d.seq = t.seq AND d.status IN (${pending}, ${dead})
  )`;
}

/** Of events that a hold or another erasure is not just about to change. */
const ERASE = `
  WITH target AS MATERIALIZED (
    SELECT seq FROM $schema.events
    WHERE erased_at_ms IS NULL
      AND (object_id IN (SELECT json_array_elements_text($1::text::json))
        AND (seq <= $2::bigint OR created_at_ms <= $3::bigint
          AND name NOT LIKE '%.redacted')
        OR id IN (SELECT json_array_elements_text($4::text::json)))
    ORDER BY seq FOR UPDATE
  ), ${eraseTarget("$5")}
  SELECT ${DURABLE}`;

/** Events that are remembered by their numbers; lists those of objects. */
const ERASE_EVENTS = `
  WITH target AS MATERIALIZED (
    SELECT e.seq, e.object_id FROM json_array_elements($1::text::json) AS r
      JOIN $schema.events e
        ON e.seq BETWEEN (r ->> 0)::bigint AND (r ->> 1)::bigint
    WHERE e.erased_at_ms IS NULL ORDER BY e.seq FOR UPDATE OF e
  ), ${eraseTarget("$2")}
  SELECT DISTINCT object_id AS id, ${DURABLE}
  FROM target WHERE object_id IS NOT NULL`;

const UNLINK = `
  WITH unlinked AS (
    DELETE FROM $schema.links l
    USING json_array_elements($3::text::json) AS k
    WHERE l.token = k ->> 0 AND l.object_id = k ->> 1
  )
  DELETE FROM $schema.deferred_erasures
  WHERE object_id IN (SELECT json_array_elements_text($1::text::json))
    AND through_seq <= $2::bigint`;

/** Links of objects that have no payload any more. */
const UNLINK_ERASED = `
  DELETE FROM $schema.links l
  WHERE l.object_id IN (SELECT json_array_elements_text($1::text::json))
    AND NOT EXISTS (SELECT FROM $schema.events e
      WHERE e.object_id = l.object_id AND e.erased_at_ms IS NULL)`;

/**
 * From here on nothing is stored that does not know of the erasure: whoever stores events
 * holds the counter's row, too.
 */
const BEGIN_EPOCH = `
  UPDATE $schema.counters SET epoch = floor(random() * 9e15)::bigint
  WHERE name = 'events'`;

const TOMBSTONES = `
  SELECT coalesce(object_id, id) AS id, object_id IS NULL AS is_event,
    max(seq) AS through_seq, max(erased_at_ms) AS erased_at_ms,
    coalesce(max(created_at_ms), 0) AS before_ms
  FROM $schema.events e WHERE erased_at_ms IS NOT NULL AND NOT EXISTS (
    SELECT FROM $schema.events k WHERE k.object_id = e.object_id
      AND k.erased_at_ms IS NULL)
  GROUP BY 1, 2 ORDER BY through_seq`;

const ERASED = `
  SELECT seq, erased_at_ms FROM $schema.events
  WHERE erased_at_ms IS NOT NULL`;

/** Dependencies of {@linkcode PostgresErasures}. */
export interface PostgresErasuresDeps {
  /** Opens a database for one erasure: receiving has its own connections. */
  readonly openDatabase: () => Database;
  readonly log: PostgresErasureLog;
}

/** The eraser of one store, one of maybe several. */
export class PostgresErasures {
  readonly #deps: PostgresErasuresDeps;

  constructor(deps: PostgresErasuresDeps) {
    this.#deps = deps;
  }

  /** Erases, unless something is on hold. */
  async erase(erasure: Erasure): Promise<EraseOutcome> {
    const { log } = this.#deps;
    const outcome = await this.#alone(async (query, progress) => {
      // Who makes a hold changes this row: until the commit nobody does.
      await query(
        "SELECT value FROM $schema.counters WHERE name = 'holds' FOR SHARE",
      );
      const source = { dialect: DIALECT, read: query };
      if (await isHeld(source, erasure)) return "held";
      // One that failed is finished with the next one.
      await this.#finish(query, progress.position);
      await log.append(erasedIdsOf(erasure));
      await erasePayloads(query, erasure);
      await query(BEGIN_EPOCH);
      // What came in meanwhile.
      await erasePayloads(query, erasure);
      const { objectIds, throughSeq, links } = erasure;
      await query(UNLINK, [
        JSON.stringify(objectIds),
        throughSeq,
        JSON.stringify(links),
      ]);
      await this.#note(query);
      return "erased";
    });
    if (outcome === "erased") await this.vacuum();
    return outcome;
  }

  /**
   * Carries out what the log has and the store does not, before anything is read: after a
   * kill, or when a dump was restored. No hold stops it: it was erased before, when
   * nothing was on hold.
   *
   * @throws {StoreError} If the log is missing or another.
   */
  async catchUp({ rebuilds = false } = {}): Promise<void> {
    const { log, openDatabase } = this.#deps;
    const database = openDatabase();
    try {
      const progress = await readErasureProgress(database);
      const found = await log.find();
      const { logId, position } = progress;
      if (rebuilds && (found.id ?? logId) === logId) {
        await this.#rebuild();
        return;
      }
      refuseFault(progress, found);
      if (found.length === position && found.id === logId) return;
    } finally {
      await database.close();
    }
    await this.#alone(async (query, { position }) => {
      // Other instances wait to begin.
      await query("LOCK TABLE $schema.schema_version IN ACCESS EXCLUSIVE MODE");
      await this.#finish(query, position);
      await query(BEGIN_EPOCH);
      await this.#note(query);
    });
    await this.vacuum();
  }

  /**
   * Runs an action while nothing is stored, by whichever instance; what was sealed before
   * is sealed anew then.
   */
  async exclusively(action: () => Promise<void>): Promise<void> {
    const database = this.#deps.openDatabase();
    try {
      await database.transaction(async (query) => {
        await query(BEGIN_EPOCH);
        await action();
      }, EXCLUSIVE_MS);
    } finally {
      await database.close();
    }
  }

  /**
   * Remembers events whose time was over, and writes what goes with it.
   *
   * @param seqs Those of a chunk: what of it was erased is remembered.
   * @param write In the same transaction.
   */
  async remember(
    seqs: readonly number[],
    write: (query: Query) => Promise<unknown>,
  ): Promise<void> {
    const { log } = this.#deps;
    await this.#alone(async (query, { position }) => {
      const rows = await query(
        `${ERASED} AND seq IN (
           SELECT json_array_elements_text($1::text::json)::bigint)
         ORDER BY seq`,
        [JSON.stringify(seqs)],
      );
      if (rows.length > 0) {
        await this.#finish(query, position);
        const erased = rows.map(({ seq }) => Number(seq));
        const erasedAtMs = Number(rows.at(-1)?.erased_at_ms);
        await log.append([erasedEventsOf(erased, erasedAtMs)]);
        await this.#note(query);
      }
      await write(query);
    });
  }

  async #rebuild(): Promise<void> {
    const { log } = this.#deps;
    await this.#alone(async (query) => {
      const rows = await query(TOMBSTONES);
      const erased = await query(`${ERASED} ORDER BY seq`);
      const seqs = erased.map(({ seq }) => Number(seq));
      await log.append([
        ...rows.map((row) => ({
          id: String(row.id),
          ...(row.is_event === true && { isEvent: true as const }),
          throughSeq: Number(row.through_seq),
          beforeMs: Number(row.before_ms),
          erasedAtMs: Number(row.erased_at_ms),
        })),
        erasedEventsOf(seqs, 0),
      ]);
      await query(BEGIN_EPOCH);
      await this.#note(query);
    }, { isRebuilding: true });
  }

  /** One erasure at a time, of all instances. */
  async #alone<Result>(
    run: (query: Query, progress: ErasureProgress) => Promise<Result>,
    { isRebuilding = false } = {},
  ): Promise<Result> {
    const { log, openDatabase } = this.#deps;
    const database = openDatabase();
    try {
      return await database.transaction(async (query) => {
        const [row] = await query(`${PROGRESS} FOR UPDATE`);
        const progress = toProgress(row);
        if (!isRebuilding) refuseFault(progress, await log.find());
        return await run(query, progress);
      }, ERASE_MS);
    } finally {
      await database.close();
    }
  }

  async #finish(query: Query, position: number): Promise<void> {
    const { log } = this.#deps;
    const entries = await log.after(position);
    if (entries.length === 0) return;
    for (const { ranges, erasedAtMs } of entries) {
      if (!ranges) continue;
      const values = [JSON.stringify(ranges), erasedAtMs];
      const rows = await query(ERASE_EVENTS, values);
      const ids = rows.map(({ id }) => id);
      await query(UNLINK_ERASED, [JSON.stringify(ids)]);
    }
    const ids = await livingIds(query, entries);
    const hashOf = await log.hasher();
    const idsOf = new Map(ids.map((id) => [hashOf(id), id]));
    for (const { object, isEvent = false, beforeMs = 0, ...when } of entries) {
      const id = idsOf.get(object);
      if (id === undefined) continue;
      const objectIds = isEvent ? [] : [id];
      const eventIds = isEvent ? [id] : [];
      await erasePayloads(query, { objectIds, eventIds, beforeMs, ...when });
      await query(UNLINK_ERASED, [JSON.stringify([id])]);
    }
  }

  async #note(query: Query): Promise<void> {
    const { id, length } = await this.#deps.log.find();
    await query(
      "UPDATE $schema.erasures SET position = $1::bigint, log_id = $2",
      [length, id],
    );
  }

  /** Has the server overwrite what was erased. */
  async vacuum(): Promise<void> {
    const database = this.#deps.openDatabase();
    try {
      await vacuumErased(database);
    } finally {
      await database.close();
    }
  }
}

/** Reads how much of its log a store has carried out. */
export async function readErasureProgress(
  database: Database,
): Promise<ErasureProgress> {
  const [row] = await database.query(PROGRESS);
  return toProgress(row);
}

const PROGRESS = "SELECT position, log_id FROM $schema.erasures";

function toProgress(row: DatabaseRow | undefined): ErasureProgress {
  const { position, log_id: id } = row ?? {};
  return {
    position: Number(position),
    logId: typeof id === "string" ? id : null,
  };
}

/**
 * Refuses a log that is missing or another.
 *
 * @throws {StoreError} If it is.
 */
export function refuseFault(
  progress: ErasureProgress,
  found: FoundLog,
): void {
  const fault = findLogFault(progress, found);
  if (fault) throw new StoreError(fault.message, fault.hint);
}

/** Ids that something is stored of: of events only if one was erased alone. */
async function livingIds(
  query: Query,
  entries: readonly ErasedObject[],
): Promise<string[]> {
  const living = "FROM $schema.events WHERE erased_at_ms IS NULL";
  const rows = await query(
    `SELECT DISTINCT object_id AS id ${living} AND object_id IS NOT NULL`,
  );
  const events = entries.some(({ isEvent }) => isEvent)
    ? await query(`SELECT id ${living}`)
    : [];
  return [...rows, ...events].map(({ id }) => String(id));
}

async function erasePayloads(
  query: Query,
  { objectIds, eventIds, throughSeq, beforeMs, erasedAtMs }: Omit<
    Erasure,
    "links"
  >,
): Promise<void> {
  await query(ERASE, [
    JSON.stringify(objectIds),
    throughSeq,
    beforeMs,
    JSON.stringify(eventIds),
    erasedAtMs,
  ]);
}

/** Has the server overwrite what was erased. */
export async function vacuumErased(database: Database): Promise<void> {
  for (const table of ["bodies", "attempts", "links"]) {
    await database.query(`VACUUM $schema.${table}`, [], VACUUM_MS);
  }
}
