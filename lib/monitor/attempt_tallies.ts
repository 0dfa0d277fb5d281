// Attempts by destination since the start.

import type { Clock } from "../clock.ts";
import { MinuteTallies } from "./minute_tallies.ts";

/** The attempts of one destination since the start. */
export interface AttemptTally {
  /** Attempts of the last hour that succeeded. */
  readonly delivered: number;
  /** Attempts of the last hour that failed. */
  readonly failed: number;
  /** The time of the last one that succeeded; null if none did. */
  readonly lastDeliveredAtMs: number | null;
  /** The time of the last one that failed; null if none did. */
  readonly lastFailedAtMs: number | null;
}

/** The result of an attempt. */
export type AttemptKind = "delivered" | "failed";

interface Counted {
  readonly minutes: MinuteTallies;
  readonly lastAtMs: { [Kind in AttemptKind]: number | null };
}

/** Attempts by destination. */
export class AttemptTallies {
  readonly #clock: Clock;
  readonly #counted = new Map<string, Counted>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an attempt. */
  count(destination: string, kind: AttemptKind): void {
    const counted = this.#counted.get(destination) ?? {
      minutes: new MinuteTallies(this.#clock),
      lastAtMs: { delivered: null, failed: null },
    };
    this.#counted.set(destination, counted);
    counted.minutes.count(kind);
    counted.lastAtMs[kind] = this.#clock.nowMs();
  }

  /** Returns the attempts of a destination. */
  of(destination: string): AttemptTally {
    const { minutes, lastAtMs } = this.#counted.get(destination) ?? {};
    const sum = (kind: AttemptKind) =>
      (minutes?.list() ?? []).reduce((sum, minute) => sum + minute[kind], 0);
    return {
      delivered: sum("delivered"),
      failed: sum("failed"),
      lastDeliveredAtMs: lastAtMs?.delivered ?? null,
      lastFailedAtMs: lastAtMs?.failed ?? null,
    };
  }
}
