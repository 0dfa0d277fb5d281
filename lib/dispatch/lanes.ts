// The dispatches of one destination in lanes: those of one object go out one at a time,
// by created-at. A head that waits for a retry holds up its own lane only.

import type { PendingDispatch } from "../store/outbox.ts";
import { limitWait } from "./due_time.ts";
import { type HeapElement, IndexedHeap } from "./indexed_heap.ts";
import { isEarlierInLane } from "../store/lane_order.ts";

/** The state of a dispatch after a failed attempt. */
export type Progress = Pick<
  PendingDispatch,
  "dueAtMs" | "plannedAtMs" | "attempts" | "failures"
>;

/** An object's id, or the seq of a dispatch that has a lane to itself. */
type LaneKey = string | number;

interface Lane extends HeapElement {
  readonly key: LaneKey;
  /** By created-at, then arrival; without the running one. */
  readonly waiting: PendingDispatch[];
  running: PendingDispatch | null;
  /** The running one as the store has it after a replay. */
  replayed: PendingDispatch | null;
}

/** The lanes of one destination. */
export class Lanes {
  readonly #isOrdered: boolean;
  readonly #lanes = new Map<LaneKey, Lane>();
  /** All dispatches, waiting or running. */
  readonly #seqs = new Map<number, PendingDispatch>();
  /** Lanes without a running dispatch, by the due time of their head. */
  readonly #idle = new IndexedHeap<Lane>((a, b) =>
    isDueBefore(headOf(a), headOf(b))
  );

  /** @param order `none` gives every dispatch a lane of its own. */
  constructor(order: "object" | "none") {
    this.#isOrdered = order === "object";
  }

  /** The number of dispatches, waiting or running. */
  get size(): number {
    return this.#seqs.size;
  }

  /** The earliest due time in idle lanes. */
  get nextDueAtMs(): number | undefined {
    return this.#idle.top && headOf(this.#idle.top).dueAtMs;
  }

  /**
   * Adds a dispatch. It replaces one that waits; one that is running goes out again, if
   * it was replayed meanwhile.
   */
  add(dispatch: PendingDispatch): void {
    const lane = this.#laneOf(dispatch);
    const known = this.#seqs.get(dispatch.seq);
    if (known && known === lane.running) {
      if (dispatch.replays !== known.replays) lane.replayed = dispatch;
      return;
    }
    this.#seqs.set(dispatch.seq, dispatch);
    if (known) lane.waiting[insertionIndex(lane.waiting, known) - 1] = dispatch;
    else {lane.waiting.splice(
        insertionIndex(lane.waiting, dispatch),
        0,
        dispatch,
      );}
    if (!lane.running) this.#idle.put(lane);
  }

  /** Takes a dispatch that is due, and holds its lane until it is done or retried. */
  take(nowMs: number): PendingDispatch | undefined {
    const lane = this.#idle.top;
    if (!lane || headOf(lane).dueAtMs > nowMs) return undefined;
    this.#idle.remove(lane);
    const head = headOf(lane);
    lane.waiting.shift();
    return lane.running = head;
  }

  /** Removes a taken dispatch from its lane, unless it was replayed. */
  finish(dispatch: PendingDispatch): void {
    const lane = this.#laneOf(dispatch);
    if (lane.replayed) {
      const attempts = dispatch.attempts + 1;
      return this.retry(dispatch, { ...lane.replayed, attempts });
    }
    this.#seqs.delete(dispatch.seq);
    this.#release(lane);
  }

  /** Puts a taken dispatch back for a retry. */
  retry(dispatch: PendingDispatch, progress: Progress): void {
    const lane = this.#laneOf(dispatch);
    const { attempts } = progress;
    const next = { ...dispatch, ...progress, ...lane.replayed, attempts };
    this.#seqs.set(dispatch.seq, next);
    lane.waiting.splice(insertionIndex(lane.waiting, next), 0, next);
    this.#release(lane);
  }

  /** Drops all dispatches that wait. */
  clear(): void {
    for (const lane of this.#lanes.values()) {
      for (const { seq } of lane.waiting.splice(0)) this.#seqs.delete(seq);
      if (lane.running) continue;
      this.#idle.remove(lane);
      this.#lanes.delete(lane.key);
    }
  }

  /** Limits all waits again after the clock was set back. */
  replan(nowMs: number): void {
    for (const lane of this.#lanes.values()) {
      for (const [index, dispatch] of lane.waiting.entries()) {
        const next = limitWait(dispatch, nowMs);
        this.#seqs.set(next.seq, next);
        lane.waiting[index] = next;
      }
      if (!lane.running) this.#idle.put(lane);
    }
  }

  /** Returns whether a taken dispatch is the newest of its object. */
  isLatest(dispatch: PendingDispatch): boolean {
    const last = this.#laneOf(dispatch).waiting.at(-1);
    return !last || isEarlierInLane(last, dispatch);
  }

  #laneOf({ objectId, seq }: PendingDispatch): Lane {
    const key = this.#isOrdered && objectId !== null ? objectId : seq;
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane = {
      key,
      waiting: [],
      running: null,
      replayed: null,
      heapIndex: -1,
    };
    this.#lanes.set(key, lane);
    return lane;
  }

  #release(lane: Lane): void {
    lane.running = lane.replayed = null;
    if (lane.waiting.length > 0) this.#idle.put(lane);
    else this.#lanes.delete(lane.key);
  }
}

function headOf({ waiting: [head] }: Lane): PendingDispatch {
  if (!head) throw new Error("Cannot rank an empty lane");
  return head;
}

function isDueBefore(a: PendingDispatch, b: PendingDispatch): boolean {
  return a.dueAtMs === b.dueAtMs
    ? isEarlierInLane(a, b)
    : a.dueAtMs < b.dueAtMs;
}

/** The index at which a dispatch belongs, after its equals. */
function insertionIndex(
  waiting: readonly PendingDispatch[],
  dispatch: PendingDispatch,
): number {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = waiting[middle];
    if (other && isEarlierInLane(dispatch, other)) high = middle;
    else low = middle + 1;
  }
  return low;
}
