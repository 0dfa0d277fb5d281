/**
 * What waits for one destination, in lanes: the dispatches of one object, one at a
 * time by created-at. A head that waits for its next try holds up its own lane only.
 *
 * @module
 */

import type { PendingDispatch } from "../store/store.ts";
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
  /** By created-at, then arrival; the one under way is not among them. */
  readonly waiting: PendingDispatch[];
  running: PendingDispatch | null;
  /** The one under way as the store has it since it was replayed. */
  replayed: PendingDispatch | null;
}

/** The lanes of one destination. */
export class Lanes {
  readonly #isOrdered: boolean;
  readonly #lanes = new Map<LaneKey, Lane>();
  /** Every dispatch that is waiting or under way. */
  readonly #seqs = new Map<number, PendingDispatch>();
  /** Lanes of which nothing is under way, by when their head is due. */
  readonly #idle = new IndexedHeap<Lane>((a, b) =>
    isDueBefore(headOf(a), headOf(b))
  );

  /** @param order `none` gives every dispatch a lane of its own. */
  constructor(order: "object" | "none") {
    this.#isOrdered = order === "object";
  }

  /** How many dispatches wait or are under way. */
  get size(): number {
    return this.#seqs.size;
  }

  /** When the first dispatch that could go out is due. */
  get nextDueAtMs(): number | undefined {
    return this.#idle.top && headOf(this.#idle.top).dueAtMs;
  }

  /**
   * Takes in a dispatch. One that waits already is due when this one says; one that is
   * under way goes out again, if it was replayed meanwhile.
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

  /** Takes a dispatch that is due, and holds its lane until it is settled. */
  take(nowMs: number): PendingDispatch | undefined {
    const lane = this.#idle.top;
    if (!lane || headOf(lane).dueAtMs > nowMs) return undefined;
    this.#idle.remove(lane);
    const head = headOf(lane);
    lane.waiting.shift();
    return lane.running = head;
  }

  /** Lets the lane of a taken dispatch go on without it, unless it was replayed. */
  finish(dispatch: PendingDispatch): void {
    const lane = this.#laneOf(dispatch);
    if (lane.replayed) {
      const attempts = dispatch.attempts + 1;
      return this.retry(dispatch, { ...lane.replayed, attempts });
    }
    this.#seqs.delete(dispatch.seq);
    this.#release(lane);
  }

  /** Puts a taken dispatch back, to be tried again. */
  retry(dispatch: PendingDispatch, progress: Progress): void {
    const lane = this.#laneOf(dispatch);
    const { attempts } = progress;
    const next = { ...dispatch, ...progress, ...lane.replayed, attempts };
    this.#seqs.set(dispatch.seq, next);
    lane.waiting.splice(insertionIndex(lane.waiting, next), 0, next);
    this.#release(lane);
  }

  /** Limits how far ahead all that waits is due, as the clock was set back. */
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

  /** Whether nothing newer of the same object waits behind a taken dispatch. */
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

/** Who goes first of two lanes' heads. */
function isDueBefore(a: PendingDispatch, b: PendingDispatch): boolean {
  return a.dueAtMs === b.dueAtMs
    ? isEarlierInLane(a, b)
    : a.dueAtMs < b.dueAtMs;
}

/** How many of those that wait do not come later than a dispatch. */
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
