/**
 * Which event ids are stored: exact, small, and as fast at millions as at none.
 *
 * Ids are random, so an index that takes each one at once dirties a page of its own
 * per event, and the pages outweigh the events. Here ids are kept in memory at
 * first. When enough have gathered they are sorted and moved to the table a few at
 * a time, in the transactions that store other events, so that neighbours share
 * pages. `settled_seq` tells after a restart which events have their ids in the
 * table for certain; the later ones are read again.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** How many ids gather before they are moved: 5 MB, and 25 ms at a start. */
const GATHERED_MAX = 16_384;

/** How many are moved for each one that comes: more than 1, or they pile up. */
const MOVES_PER_EVENT = 2;

/** Options of {@linkcode IdIndex}. */
export interface IdIndexOptions {
  /** @default {16384} */
  gatheredMax?: number;
}

/** The ids of one store, for its only writer. */
export class IdIndex {
  readonly #gatheredMax: number;
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #settle: StatementSync;
  readonly #unsettled: StatementSync;
  #gathering = new Map<string, number>();
  #moving = new Map<string, number>();
  /** What is still to be moved, by id, the last one first. */
  #toMove: (readonly [string, number])[] = [];
  /** Whether the above must be read again before it is relied on. */
  #isForgotten = true;

  /**
   * @param db The writer's connection.
   * @param options How many ids gather before they are moved.
   */
  constructor(db: DatabaseSync, options: IdIndexOptions = {}) {
    this.#gatheredMax = options.gatheredMax ?? GATHERED_MAX;
    this.#select = db.prepare("SELECT seq FROM event_ids WHERE id = ?");
    this.#insert = db.prepare(
      "INSERT INTO event_ids (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#settle = db.prepare("UPDATE id_index SET settled_seq = ?");
    this.#unsettled = db.prepare(
      "SELECT id, seq FROM events WHERE seq > (SELECT settled_seq FROM id_index) ORDER BY seq",
    );
    this.#recall();
  }

  /**
   * To be called when a transaction was rolled back. What is stored is read again
   * only by the next one: what broke this one may break the reading, too.
   */
  forget(): void {
    this.#gathering = new Map();
    this.#moving = new Map();
    this.#toMove = [];
    this.#isForgotten = true;
  }

  /**
   * @param id An event id.
   * @returns The `seq` under which it is stored, if it is.
   */
  find(id: string): number | undefined {
    if (this.#isForgotten) this.#recall();
    const seq = this.#gathering.get(id) ?? this.#moving.get(id);
    if (seq !== undefined) return seq;
    const row = this.#select.get(id);
    return row && Number(row.seq);
  }

  /** Takes in the id of an event stored in the current transaction. */
  add(id: string, seq: number): void {
    this.#gathering.set(id, seq);
  }

  /**
   * Moves some ids to the table, in the current transaction.
   *
   * @param added How many were added in this transaction.
   */
  settle(added: number): void {
    if (this.#toMove.length === 0) {
      if (this.#gathering.size < this.#gatheredMax) return;
      this.#moving = this.#gathering;
      this.#gathering = new Map();
      this.#toMove = [...this.#moving].sort(([a], [b]) => a < b ? 1 : -1);
    }
    for (let moves = added * MOVES_PER_EVENT; moves > 0; moves--) {
      const entry = this.#toMove.pop();
      if (!entry) break;
      this.#insert.run(...entry);
    }
    if (this.#toMove.length === 0) {
      this.#settle.run([...this.#moving.values()].at(-1)!); // The latest arrival.
      this.#moving = new Map();
    }
  }

  #recall(): void {
    const gathering = new Map<string, number>();
    // Not iterate(): in Deno it ends without an error when reading fails.
    for (const { id, seq } of this.#unsettled.all()) {
      gathering.set(String(id), Number(seq));
    }
    this.#gathering = gathering;
    this.#isForgotten = false;
  }
}
