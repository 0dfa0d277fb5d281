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

/** The ids of one store, for its only writer. */
export class IdIndex {
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  readonly #settle: StatementSync;
  readonly #unsettled: StatementSync;
  #gathering = new Map<string, number>();
  #moving = new Map<string, number>();
  /** What is still to be moved, by id, the last one first. */
  #toMove: (readonly [string, number])[] = [];

  /** @param db The writer's connection. */
  constructor(db: DatabaseSync) {
    this.#select = db.prepare("SELECT seq FROM event_ids WHERE id = ?");
    this.#insert = db.prepare(
      "INSERT INTO event_ids (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#settle = db.prepare("UPDATE id_index SET settled_seq = ?");
    this.#unsettled = db.prepare(
      "SELECT id, seq FROM events WHERE seq > (SELECT settled_seq FROM id_index) ORDER BY seq",
    );
    this.reload();
  }

  /** Starts again from what is stored: at the start and after a rollback. */
  reload(): void {
    this.#moving = new Map();
    this.#toMove = [];
    this.#gathering = new Map();
    for (const { id, seq } of this.#unsettled.iterate()) {
      this.#gathering.set(String(id), Number(seq));
    }
  }

  /**
   * @param id An event id.
   * @returns The `seq` under which it is stored, if it is.
   */
  find(id: string): number | undefined {
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
      if (this.#gathering.size < GATHERED_MAX) return;
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
}
