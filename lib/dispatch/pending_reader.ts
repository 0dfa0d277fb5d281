// The reader that moves pending dispatches from the store into the lanes, in order of
// arrival.

import { type Clock, systemClock } from "../clock.ts";
import type { Outbox } from "../store/outbox.ts";
import { limitWait } from "./due_time.ts";
import type { Lanes } from "./lanes.ts";

/** Pending dispatches in memory: some 600 bytes each. */
const KNOWN_MAX = 250_000;

/** Dispatches read per turn of the event loop. */
const PAGE = 1_000;

/** Options of {@linkcode PendingReader}. */
export interface PendingReaderOptions {
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** @default {250000} */
  readonly knownMax?: number;
  /** @default {1000} */
  readonly page?: number;
}

/** The reader of one destination. */
export class PendingReader {
  readonly #outbox: Outbox;
  readonly #lanes: Lanes;
  readonly #clock: Clock;
  readonly #knownMax: number;
  readonly #page: number;
  /** All pending dispatches up to this one are in the lanes. */
  #readSeq = 0;
  #isStale = true;
  #wasFull = false;
  #isStopped = false;

  constructor(
    outbox: Outbox,
    lanes: Lanes,
    options: PendingReaderOptions = {},
  ) {
    this.#outbox = outbox;
    this.#lanes = lanes;
    this.#clock = options.clock ?? systemClock;
    this.#knownMax = options.knownMax ?? KNOWN_MAX;
    this.#page = options.page ?? PAGE;
  }

  /** True if there may be something to read, and room for it: half, once it was full. */
  get isWanted(): boolean {
    const limit = this.#wasFull ? this.#knownMax / 2 : this.#knownMax - 1;
    return this.#isStale && !this.#isStopped && this.#lanes.size <= limit;
  }

  /** Stops reading. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Reports that there may be new pending dispatches.
   *
   * @param fromSeq The first event that may have one; by default only new ones.
   */
  markStale(fromSeq = Infinity): void {
    this.#readSeq = Math.min(this.#readSeq, fromSeq - 1);
    this.#isStale = true;
  }

  /**
   * Reads until all is in the lanes or there is no room.
   *
   * @throws {StoreError} If the store cannot be read; what was read stays.
   */
  async read(): Promise<void> {
    while (this.#isStale && !this.#isStopped) {
      this.#wasFull = this.#lanes.size >= this.#knownMax;
      if (this.#wasFull) return;
      this.#isStale = false;
      const afterSeq = this.#readSeq;
      let readSeq = afterSeq;
      this.#readSeq = Infinity; // A replay meanwhile lowers it.
      try {
        const limit = this.#page;
        const read = await this.#outbox.pending({ afterSeq, limit });
        const nowMs = this.#clock.nowMs();
        for (const dispatch of read) {
          this.#lanes.add(limitWait(dispatch, nowMs));
        }
        readSeq = read.at(-1)?.seq ?? afterSeq;
        if (read.length < limit) continue;
      } catch (error) {
        this.#isStale = true;
        throw error;
      } finally {
        this.#readSeq = Math.min(this.#readSeq, readSeq);
      }
      this.#isStale = true;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
  }
}
