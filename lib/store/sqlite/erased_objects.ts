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
  readonly #findHold: StatementSync;
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
    this.#findHold = db.prepare(
      `SELECT 1 FROM holds
       WHERE (until_ms IS NULL OR until_ms > :nowMs)
         AND (kind = 'object' AND token = :id
           OR link_token IN (SELECT value FROM json_each(:tokens))
           OR link_token IN (SELECT token FROM links WHERE object_id = :id))`,
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

  /** Returns whether an event that comes in was erased before, and nothing keeps it. */
  has(event: EventFields): boolean {
    const { id, name, objectId, createdAtMs, receivedAtMs } = event;
    if (createdAtMs === null || createdAtMs > this.#newestMs) return false;
    if (outlivesErasure(name) || event.isKept) return false;
    const hashOf = (one: string) => this.#log.hashOf(one);
    const owner = objectId ?? id;
    const isErased = this.#find.get(
      hashOf(id),
      hashOf(owner),
      createdAtMs,
      receivedAtMs + APART_MS_MAX,
    ) !== undefined;
    return isErased && !this.#isHeld(owner, event);
  }

  #isHeld(id: string, { receivedAtMs, linkTokens }: EventFields): boolean {
    const tokens = JSON.stringify(linkTokens?.() ?? []);
    const hold = { id, tokens, nowMs: receivedAtMs };
    return this.#findHold.get(hold) !== undefined;
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
