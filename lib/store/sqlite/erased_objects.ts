// What was erased, asked about each event that comes in: one that was created before the
// erasure of its object is not kept.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  APART_MS_MAX,
  type ErasedObject,
  outlivesErasure,
} from "../erasure.ts";
import type { EventFields } from "../columns.ts";
import type { ErasureLog } from "./erasure_log.ts";

/** The erased objects of one store, on its writing connection. */
export class ErasedObjects {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  #log: ErasureLog;
  /** Events that were created later are not looked up: almost all of them. */
  #newestMs: number;

  /** @param log The log, whose key the hashes have. */
  constructor(db: DatabaseSync, log: ErasureLog) {
    this.#log = log;
    this.#find = db.prepare(
      `SELECT 1 FROM erased_objects
       WHERE hash IN (?, ?) AND before_ms BETWEEN ? AND ?`,
    );
    this.#insert = db.prepare(
      `INSERT INTO erased_objects VALUES (?, ?) ON CONFLICT DO UPDATE
       SET before_ms = max(before_ms, excluded.before_ms)`,
    );
    const { newest } = db.prepare(
      "SELECT max(before_ms) AS newest FROM erased_objects",
    ).get() ?? {};
    this.#newestMs = Number(newest ?? -Infinity);
  }

  /** Returns whether an event that comes in was erased before. */
  has({ id, name, objectId, createdAtMs, receivedAtMs }: EventFields): boolean {
    if (createdAtMs === null || createdAtMs > this.#newestMs) return false;
    if (outlivesErasure(name)) return false;
    const hashOf = (one: string) => this.#log.hashOf(one);
    return this.#find.get(
      hashOf(id),
      hashOf(objectId ?? id),
      createdAtMs,
      receivedAtMs + APART_MS_MAX,
    ) !== undefined;
  }

  /** Adds what a log has, in a transaction under way. */
  add(log: ErasureLog, erased: readonly ErasedObject[]): void {
    this.#log = log;
    for (const { ranges, object, erasedAtMs, ...one } of erased) {
      if (ranges) continue;
      const { beforeMs = erasedAtMs } = one;
      this.#insert.run(object, beforeMs);
      this.#newestMs = Math.max(this.#newestMs, beforeMs);
    }
  }
}
