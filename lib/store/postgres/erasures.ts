// Erasure of payloads in a PostgreSQL store: see `lib/store/erasure.ts`. Freed pages are
// given back to the table, and the server overwrites them in its own time; its log and
// its backups are the administrator's.

import { StoreError } from "../../errors.ts";
import {
  erasedEventsOf,
  erasedIdsOf,
  type ErasedObject,
  type EraseOutcome,
  type Erasure,
  type ErasureProgress,
  erasureProgressOf,
  findLogFault,
  type FoundLog,
} from "../erasure.ts";
import type { Expiry } from "../retention.ts";
import { isHeld } from "../sql_holds.ts";
import type { Database, Query } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import type { PostgresErasureLog } from "./erasure_log.ts";
import {
  BEGIN_EPOCH,
  ERASE,
  ERASE_EVENTS,
  ERASED,
  EXPIRING,
  KEEP_HOLDS,
  LOCK,
  TOMBSTONES,
  UNLINK,
  UNLINK_ERASED,
} from "./erasure_statements.ts";

/** An erasure of a restored store may have much to do. */
const ERASE_MS = 600_000;

/** Nothing is received meanwhile. */
const EXCLUSIVE_MS = 4_000;

/** A vacuum reads all of a large table; nothing waits for it. */
const VACUUM_MS = 3_600_000;

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
      await query(KEEP_HOLDS);
      const source = { dialect: DIALECT, read: query };
      if (await isHeld(source, erasure)) return "held";
      // One that failed is finished with the next one.
      await this.#finish(query, progress.position);
      const ids = erasedIdsOf(erasure);
      const { length } = await log.find();
      const events = await erasePayloads(query, erasure);
      if (events > 0) await erasure.record?.(length + ids.length);
      await log.append(ids);
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
   * Runs an action while nothing is stored or erased, by whichever instance; unless it
   * keeps all keys, what was sealed before is sealed anew then.
   */
  exclusively(
    action: () => Promise<void>,
    { keepsKeys = false } = {},
  ): Promise<void> {
    return this.#transact(async (query) => {
      await query(keepsKeys ? LOCK : BEGIN_EPOCH);
      await action();
    }, EXCLUSIVE_MS);
  }

  /** Erases events whose time is over; returns those that are not passed over. */
  async expire(
    { events, erasedAtMs, record }: Expiry,
  ): Promise<readonly number[]> {
    const { log } = this.#deps;
    return await this.#alone(async (query, { position }) => {
      await query(KEEP_HOLDS);
      await this.#finish(query, position);
      const chunk = events.map(({ seq, isUnfinished: unfinished }) => ({
        seq,
        unfinished,
      }));
      const values = [JSON.stringify(chunk), erasedAtMs];
      const rows = await query(EXPIRING, values);
      const seqsOf = (some: typeof rows) => some.map(({ seq }) => Number(seq));
      const all = seqsOf(rows);
      const unerased = seqsOf(rows.filter((row) => row.is_erased !== true));
      const { length } = await log.find();
      if (unerased.length > 0) await record(unerased, length + 1);
      if (all.length > 0) {
        await log.append([erasedEventsOf(all, erasedAtMs)]);
      }
      await this.#finish(query, length);
      return all;
    });
  }

  /** Makes a hold: what the log has is erased before it, and it holds all else. */
  async hold(make: (query: Query) => Promise<unknown>): Promise<void> {
    await this.#alone(async (query, { position }) => {
      await this.#finish(query, position);
      await make(query);
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
    return await this.#transact(async (query) => {
      const [row] = await query(`${PROGRESS} FOR UPDATE`);
      const progress = erasureProgressOf(row ?? {});
      if (!isRebuilding) refuseFault(progress, await this.#deps.log.find());
      return await run(query, progress);
    }, ERASE_MS);
  }

  async #transact<Result>(
    run: (query: Query) => Promise<Result>,
    timeoutMs: number,
  ): Promise<Result> {
    const database = this.#deps.openDatabase();
    try {
      return await database.transaction(run, timeoutMs);
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
    const objects = entries.filter(({ ranges }) => !ranges);
    if (objects.length > 0) await this.#finishObjects(query, objects);
    await this.#note(query);
  }

  async #finishObjects(
    query: Query,
    objects: readonly ErasedObject[],
  ): Promise<void> {
    const ids = await livingIds(query, objects);
    const hashOf = await this.#deps.log.hasher();
    const idsOf = new Map(ids.map((id) => [hashOf(id), id]));
    for (const { object, isEvent = false, beforeMs = 0, ...when } of objects) {
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
      for (const table of ["bodies", "attempts", "links"]) {
        await database.query(`VACUUM $schema.${table}`, [], VACUUM_MS);
      }
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
  return erasureProgressOf(row ?? {});
}

const PROGRESS = "SELECT position, log_id FROM $schema.erasures";

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

/** Returns the number of events. */
async function erasePayloads(
  query: Query,
  { objectIds, eventIds, throughSeq, beforeMs, erasedAtMs }: Omit<
    Erasure,
    "links"
  >,
): Promise<number> {
  const [row] = await query(ERASE, [
    JSON.stringify(objectIds),
    throughSeq,
    beforeMs,
    JSON.stringify(eventIds),
    erasedAtMs,
  ]);
  return Number(row?.events);
}
