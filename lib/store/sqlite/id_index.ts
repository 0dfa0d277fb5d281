/**
 * Which event ids are stored, and which events an object has: exact, small, and as
 * fast at millions as at none.
 *
 * Ids are random, so an index that takes each one at once dirties a page of its own
 * per event, and the pages outweigh the events. Here ids are kept in memory at
 * first. When enough have gathered they are sorted and moved to the tables a few at
 * a time, in the transactions that store other events, so that neighbours share
 * pages. `settled_seq` tells which events have their ids in the tables for certain;
 * who looks for later ones reads the events themselves.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** How many ids gather before they are moved: 5 MB, and 25 ms at a start. */
const GATHERED_MAX = 16_384;

/** How many of a kind are moved for each event that comes: more than 1, or they pile up. */
const MOVES_PER_EVENT = 2;

/** An event's own id, and that of its object. */
export interface EventIds {
  readonly id: string;
  readonly objectId: string | null;
}

/** Options of {@linkcode EventIndex}. */
export interface EventIndexOptions {
  /** @default {16384} */
  gatheredMax?: number;
}

/** An id with an event's place in the order of arrival. */
type Entry = readonly [id: string, seq: number];

/** Events by the id that they are looked for. */
class Gathering {
  readonly seqs = new Map<string, number>();
  readonly objects: Entry[] = [];
  lastSeq = 0;

  add({ id, objectId }: EventIds, seq: number): void {
    this.seqs.set(id, seq);
    if (objectId !== null) this.objects.push([objectId, seq]);
    this.lastSeq = seq;
  }
}

/** The index of one store, for its only writer. */
export class EventIndex {
  readonly #gatheredMax: number;
  readonly #select: StatementSync;
  readonly #insertId: StatementSync;
  readonly #insertObject: StatementSync;
  readonly #settle: StatementSync;
  readonly #unsettled: StatementSync;
  #gathering = new Gathering();
  #moving = new Gathering();
  /** What is still to be moved, sorted, the last one first. */
  #idsToMove: Entry[] = [];
  #objectsToMove: Entry[] = [];
  /** Whether the above must be read again before it is relied on. */
  #isForgotten = true;

  /**
   * @param db The writer's connection.
   * @param options How many ids gather before they are moved.
   */
  constructor(db: DatabaseSync, options: EventIndexOptions = {}) {
    this.#gatheredMax = options.gatheredMax ?? GATHERED_MAX;
    this.#select = db.prepare("SELECT seq FROM event_ids WHERE id = ?");
    this.#insertId = db.prepare(
      "INSERT INTO event_ids (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#insertObject = db.prepare(
      "INSERT INTO event_objects (object_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#settle = db.prepare("UPDATE id_index SET settled_seq = ?");
    this.#unsettled = db.prepare(
      "SELECT id, object_id, seq FROM events WHERE seq > (SELECT settled_seq FROM id_index) ORDER BY seq",
    );
    this.#recall();
  }

  /**
   * To be called when a transaction was rolled back. What is stored is read again
   * only by the next one: what broke this one may break the reading, too.
   */
  forget(): void {
    this.#gathering = new Gathering();
    this.#moving = new Gathering();
    this.#idsToMove = [];
    this.#objectsToMove = [];
    this.#isForgotten = true;
  }

  /**
   * @param id An event id.
   * @returns The `seq` under which it is stored, if it is.
   */
  find(id: string): number | undefined {
    if (this.#isForgotten) this.#recall();
    const seq = this.#gathering.seqs.get(id) ?? this.#moving.seqs.get(id);
    if (seq !== undefined) return seq;
    const row = this.#select.get(id);
    return row && Number(row.seq);
  }

  /** Takes in the ids of an event stored in the current transaction. */
  add(ids: EventIds, seq: number): void {
    this.#gathering.add(ids, seq);
  }

  /**
   * Moves some ids to the tables, in the current transaction.
   *
   * @param added How many events were added in this transaction.
   */
  settle(added: number): void {
    if (this.#isMoved()) {
      if (this.#gathering.seqs.size < this.#gatheredMax) return;
      this.#moving = this.#gathering;
      this.#gathering = new Gathering();
      this.#idsToMove = [...this.#moving.seqs].sort(descending);
      this.#objectsToMove = this.#moving.objects.toSorted(descending);
    }
    move(this.#idsToMove, this.#insertId, added * MOVES_PER_EVENT);
    move(this.#objectsToMove, this.#insertObject, added * MOVES_PER_EVENT);
    if (this.#isMoved()) {
      this.#settle.run(this.#moving.lastSeq);
      this.#moving = new Gathering();
    }
  }

  #isMoved(): boolean {
    return this.#idsToMove.length + this.#objectsToMove.length === 0;
  }

  #recall(): void {
    const gathering = new Gathering();
    // Not iterate(): in Deno it ends without an error when reading fails.
    for (const { id, object_id, seq } of this.#unsettled.all()) {
      const objectId = object_id === null ? null : String(object_id);
      gathering.add({ id: String(id), objectId }, Number(seq));
    }
    this.#gathering = gathering;
    this.#isForgotten = false;
  }
}

function descending([a]: Entry, [b]: Entry): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

function move(entries: Entry[], insert: StatementSync, count: number): void {
  // What was moved before all was read anew counts for nothing, or a store that is
  // opened often would begin again and again and never come to the end.
  for (let moves = 0; moves < count;) {
    const entry = entries.pop();
    if (!entry) return;
    moves += Number(insert.run(...entry).changes);
  }
}
