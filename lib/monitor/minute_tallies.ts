import type { Clock } from "../clock.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** The counts of a period. */
export interface Tally {
  /** New events. */
  received: number;
  /** Repeated deliveries of stored events. */
  duplicates: number;
  /** Rejected deliveries. */
  rejected: number;
  /** Attempts that succeeded. */
  delivered: number;
  /** Attempts that failed. */
  failed: number;
}

/** The counts of one minute. */
export interface MinuteTally extends Readonly<Tally> {
  /** Start of the minute. */
  readonly atMs: number;
}

/** Counts per minute. */
export class MinuteTallies {
  readonly #clock: Clock;
  /** A ring: the index of a minute is its number modulo 60. */
  readonly #ring: (Tally & { atMs: number })[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Increments a count. */
  count(kind: keyof Tally): void {
    const minute = this.#minute();
    const atMs = minute * MINUTE_MS;
    const index = minute % MINUTES;
    let tally = this.#ring[index];
    if (tally?.atMs !== atMs) tally = this.#ring[index] = emptyTally(atMs);
    tally[kind]++;
  }

  /** The last 60 minutes, oldest first; the last one is still running. */
  list(): MinuteTally[] {
    const minute = this.#minute();
    return Array.from({ length: MINUTES }, (_, i) => {
      const past = minute - (MINUTES - 1 - i);
      const atMs = past * MINUTE_MS;
      const tally = this.#ring[past % MINUTES];
      return tally?.atMs === atMs ? { ...tally } : emptyTally(atMs);
    });
  }

  #minute(): number {
    return Math.floor(this.#clock.nowMs() / MINUTE_MS);
  }
}

function emptyTally(atMs: number) {
  const none = { received: 0, duplicates: 0, rejected: 0 };
  return { atMs, ...none, delivered: 0, failed: 0 };
}
