/**
 * What is measured when somebody asks: how much waits, what is down, and the process
 * itself.
 *
 * @module
 */

import type { DestinationActivity } from "../views/destination_info.ts";
import { type AnyMetric, Gauge } from "../metrics.ts";
import type { Totals } from "../store/store.ts";
import { VERSION } from "../version.ts";

/** How things are. */
export interface StateSnapshot {
  readonly nowMs: number;
  /** Nothing when the store cannot be read. */
  readonly totals: Totals | undefined;
  readonly activities: readonly DestinationActivity[];
  /** Bytes that are durable but not yet where they belong. */
  readonly logBytes: number;
  /** Names of all destinations of the settings. */
  readonly destinations: readonly string[];
}

/** Options of {@linkcode StateMetrics}. */
export interface StateMetricsOptions {
  readonly startedAtMs: number;
  /** Tells how much memory the process takes, in bytes. */
  readonly memoryBytes?: () => number;
}

/** Gauges that are set before they are shown. */
export class StateMetrics {
  readonly #memoryBytes: () => number;
  readonly #pending = new Gauge({
    name: "persona_inbox_dispatches_pending",
    help: "Dispatches that wait or are under way.",
    labels: ["destination"],
  });
  readonly #dead = new Gauge({
    name: "persona_inbox_dispatches_dead",
    help: "Dead letters: dispatches that are out of attempts.",
    labels: ["destination"],
  });
  readonly #lag = new Gauge({
    name: "persona_inbox_dispatch_lag_seconds",
    help:
      "For how long a dispatch has been due, of the 1000 pending ones that arrived first.",
    labels: ["destination"],
  });
  readonly #paused = new Gauge({
    name: "persona_inbox_destination_paused",
    help: "Whether a destination is left alone, as it is down.",
    labels: ["destination"],
  });
  readonly #events = new Gauge({
    name: "persona_inbox_events",
    help: "Events in the store.",
  });
  readonly #log = new Gauge({
    name: "persona_inbox_store_log_bytes",
    help: "Bytes in the log of the store that are not moved to the store yet.",
  });
  readonly #build = new Gauge({
    name: "persona_inbox_build_info",
    help: "What runs.",
    labels: ["version", "deno"],
  });
  readonly #startTime = new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, in Unix seconds.",
  });
  readonly #memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "How much memory the process takes.",
  });

  /** All of them. */
  readonly all: readonly AnyMetric[] = [
    this.#events,
    this.#log,
    this.#pending,
    this.#dead,
    this.#lag,
    this.#paused,
    this.#build,
    this.#startTime,
    this.#memory,
  ];

  /** @param options About the process. */
  constructor({ startedAtMs, memoryBytes }: StateMetricsOptions) {
    this.#memoryBytes = memoryBytes ?? (() => Deno.memoryUsage().rss);
    this.#build.set({ version: VERSION, deno: Deno.version.deno }, 1);
    this.#startTime.set({}, startedAtMs / 1_000);
  }

  /**
   * Takes in how things are.
   *
   * @param snapshot What is not in it is not shown.
   */
  set(snapshot: StateSnapshot): void {
    for (const gauge of [this.#pending, this.#dead, this.#lag, this.#paused]) {
      gauge.clear();
    }
    this.#events.clear();
    this.#log.set({}, snapshot.logBytes);
    this.#memory.set({}, this.#memoryBytes());
    for (const { destination, pausedUntilMs } of snapshot.activities) {
      this.#paused.set({ destination }, pausedUntilMs === null ? 0 : 1);
    }
    if (snapshot.totals) this.#setTotals(snapshot.totals, snapshot);
  }

  #setTotals(
    { events, destinations }: Totals,
    { nowMs, destinations: names }: StateSnapshot,
  ): void {
    this.#events.set({}, events);
    for (const destination of names) {
      this.#pending.set({ destination }, 0);
      this.#dead.set({ destination }, 0);
      this.#lag.set({ destination }, 0);
    }
    for (const { destination, pending, dead, oldestDueAtMs } of destinations) {
      this.#pending.set({ destination }, pending);
      this.#dead.set({ destination }, dead);
      const lagMs = oldestDueAtMs === null ? 0 : nowMs - oldestDueAtMs;
      this.#lag.set({ destination }, Math.max(lagMs, 0) / 1_000);
    }
  }
}
