/**
 * What happened in each minute of the last hour.
 *
 * @module
 */

import type { Clock } from "../clock.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** What is counted. */
export interface Tally {
  /** New events. */
  received: number;
  /** Copies of events that were there before. */
  duplicates: number;
  /** Deliveries that were refused. */
  rejected: number;
  /** Attempts that succeeded. */
  delivered: number;
  /** Attempts that failed. */
  failed: number;
}

/** What happened in a minute. */
export interface MinuteTally extends Readonly<Tally> {
  /** When the minute began. */
  readonly atMs: number;
}

/** Counts by the minute. */
export class MinuteTallies {
  readonly #clock: Clock;
  /** A minute's place is its number modulo 60; an older one gives way. */
  readonly #places: (Tally & { atMs: number })[] = [];

  /** @param clock Tells the minute. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts one.
   *
   * @param kind What happened.
   */
  count(kind: keyof Tally): void {
    const minute = this.#minute();
    const atMs = minute * MINUTE_MS;
    const place = minute % MINUTES;
    let tally = this.#places[place];
    if (tally?.atMs !== atMs) tally = this.#places[place] = emptyTally(atMs);
    tally[kind]++;
  }

  /** The last 60 minutes, the oldest first; the last one is not over. */
  list(): MinuteTally[] {
    const minute = this.#minute();
    return Array.from({ length: MINUTES }, (_, i) => {
      const past = minute - (MINUTES - 1 - i);
      const atMs = past * MINUTE_MS;
      const tally = this.#places[past % MINUTES];
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
