// The index of stored event ids and of the events of each object: exact, small, and as
// fast with millions of events as with none.
//
// Ids are random, so an index that adds each one at once dirties a page of its own per
// event, and the pages outweigh the events. Here ids are first kept in memory, then
// sorted and moved to the tables a few at a time, in the transactions that store other
// events, so that neighbors share pages. Events up to `settled_seq` are known to have
// their ids in the tables; for later ones, readers read the events themselves.

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Ids kept in memory before they are moved: 5 MB, and 25 ms at a start. */
const PENDING_MAX = 16_384;

/** Ids of each kind moved per event: more than 1, or they pile up. */
const MOVES_PER_EVENT = 2;

/** The ids of an event and of its object. */
export interface EventIds {
  readonly id: string;
  readonly objectId: string | null;
}

/** Options of {@linkcode EventIndex}. */
export interface EventIndexOptions {
  /** @default {16384} */
  pendingMax?: number;
}

/** An id, and the `seq` of an event that has it. */
type Entry = readonly [id: string, seq: number];

/** Ids that are not in the tables yet. */
class PendingIds {
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
  readonly #pendingMax: number;
  readonly #select: StatementSync;
  readonly #insertId: StatementSync;
  readonly #insertObject: StatementSync;
  readonly #setMovedSeq: StatementSync;
  readonly #selectUnmoved: StatementSync;
  #pending = new PendingIds();
  #moving = new PendingIds();
  /** Ids still to be moved, in descending order. */
  #idsToMove: Entry[] = [];
  #objectsToMove: Entry[] = [];
  /** True if the ids in memory must be reloaded before use. */
  #isStale = true;

  constructor(db: DatabaseSync, options: EventIndexOptions = {}) {
    this.#pendingMax = options.pendingMax ?? PENDING_MAX;
    this.#select = db.prepare("SELECT seq FROM event_ids WHERE id = ?");
    this.#insertId = db.prepare(
      "INSERT INTO event_ids (id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#insertObject = db.prepare(
      "INSERT INTO event_objects (object_id, seq) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#setMovedSeq = db.prepare("UPDATE id_index SET settled_seq = ?");
    this.#selectUnmoved = db.prepare(
      "SELECT id, object_id, seq FROM events WHERE seq > (SELECT settled_seq FROM id_index) ORDER BY seq",
    );
    this.#reload();
  }

  /**
   * Drops the ids in memory, after a rollback. The next transaction reloads them: what
   * broke this one may break the reload, too.
   */
  invalidate(): void {
    this.#pending = new PendingIds();
    this.#moving = new PendingIds();
    this.#idsToMove = [];
    this.#objectsToMove = [];
    this.#isStale = true;
  }

  /** @returns The `seq` under which it is stored, if it is. */
  find(id: string): number | undefined {
    if (this.#isStale) this.#reload();
    const seq = this.#pending.seqs.get(id) ?? this.#moving.seqs.get(id);
    if (seq !== undefined) return seq;
    const row = this.#select.get(id);
    return row && Number(row.seq);
  }

  /** Adds the ids of an event stored in the current transaction. */
  add(ids: EventIds, seq: number): void {
    this.#pending.add(ids, seq);
  }

  /**
   * Moves some ids to the tables, in the current transaction.
   *
   * @param added The number of events added in this transaction.
   */
  move(added: number): void {
    if (this.#isMoved()) {
      if (this.#pending.seqs.size < this.#pendingMax) return;
      this.#moving = this.#pending;
      this.#pending = new PendingIds();
      this.#idsToMove = [...this.#moving.seqs].sort(descending);
      this.#objectsToMove = this.#moving.objects.toSorted(descending);
    }
    move(this.#idsToMove, this.#insertId, added * MOVES_PER_EVENT);
    move(this.#objectsToMove, this.#insertObject, added * MOVES_PER_EVENT);
    if (this.#isMoved()) {
      this.#setMovedSeq.run(this.#moving.lastSeq);
      this.#moving = new PendingIds();
    }
  }

  #isMoved(): boolean {
    return this.#idsToMove.length + this.#objectsToMove.length === 0;
  }

  #reload(): void {
    const pending = new PendingIds();
    // Not iterate(): in Deno it ends without an error when reading fails.
    for (const { id, object_id, seq } of this.#selectUnmoved.all()) {
      const objectId = object_id === null ? null : String(object_id);
      pending.add({ id: String(id), objectId }, Number(seq));
    }
    this.#pending = pending;
    this.#isStale = false;
  }
}

function descending([a]: Entry, [b]: Entry): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

function move(entries: Entry[], insert: StatementSync, count: number): void {
  // Ids moved before a reload do not count, or a store that is opened often would start
  // over each time and never finish.
  for (let moves = 0; moves < count;) {
    const entry = entries.pop();
    if (!entry) return;
    moves += Number(insert.run(...entry).changes);
  }
}
