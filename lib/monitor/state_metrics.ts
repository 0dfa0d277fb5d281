// Metrics of the current state: pending work, destinations that are down, and the
// process itself.

import type { DestinationActivity } from "../views/destination_info.ts";
import { type AnyMetric, Gauge } from "../metrics.ts";
import type { Pause } from "../store/outbox.ts";
import type { Totals } from "../store/event_reader.ts";
import { VERSION } from "../version.ts";

/** The state at one moment. */
export interface StateSnapshot {
  readonly nowMs: number;
  /** Undefined if the store cannot be read. */
  readonly totals: Totals | undefined;
  readonly activities: readonly DestinationActivity[];
  /** Destinations paused by a command; undefined if the store cannot be read. */
  readonly pauses: readonly Pause[] | undefined;
  /** Bytes in the store's log that no checkpoint has moved yet. */
  readonly logBytes: number;
  /** Names of all destinations of the settings. */
  readonly destinations: readonly string[];
}

/** Options of {@linkcode StateMetrics}. */
export interface StateMetricsOptions {
  readonly startedAtMs: number;
  /** Returns the resident memory of the process, in bytes. */
  readonly memoryBytes?: () => number;
}

/** Gauges that are set from a snapshot. */
export class StateMetrics {
  readonly #memoryBytes: () => number;
  readonly #pending = new Gauge({
    name: "persona_inbox_dispatches_pending",
    help:
      "Dispatches in the store that are waiting or running, whichever instance has them.",
    labels: ["destination"],
  });
  readonly #dead = new Gauge({
    name: "persona_inbox_dispatches_dead",
    help: "Dead letters in the store: dispatches that are out of attempts.",
    labels: ["destination"],
  });
  readonly #deadAge = new Gauge({
    name: "persona_inbox_dead_letter_age_seconds",
    help: "Time since the oldest dead letter in the store was received.",
    labels: ["destination"],
  });
  readonly #bytes = new Gauge({
    name: "persona_inbox_store_bytes",
    help:
      "Size of the store's tables and indexes; what was erased in it is used again.",
  });
  readonly #lag = new Gauge({
    name: "persona_inbox_dispatch_lag_seconds",
    help:
      "How overdue the oldest due dispatch in the store is, among the first 1000 pending ones.",
    labels: ["destination"],
  });
  readonly #paused = new Gauge({
    name: "persona_inbox_destination_paused",
    help: "1 while this instance pauses a destination because it is down.",
    labels: ["destination"],
  });
  readonly #pausedByCommand = new Gauge({
    name: "persona_inbox_destination_paused_by_command",
    help:
      "1 while a destination is paused in the store until persona-inbox resume.",
    labels: ["destination"],
  });
  readonly #events = new Gauge({
    name: "persona_inbox_events",
    help: "Events in the store, of all instances.",
  });
  readonly #log = new Gauge({
    name: "persona_inbox_store_log_bytes",
    help: "Bytes in the store's log that no checkpoint has moved yet.",
  });
  readonly #build = new Gauge({
    name: "persona_inbox_build_info",
    help: "The running version.",
    labels: ["version", "deno"],
  });
  readonly #startTime = new Gauge({
    name: "process_start_time_seconds",
    help: "Start time of the process, in Unix seconds.",
  });
  readonly #memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process.",
  });

  /** All metrics. */
  readonly all: readonly AnyMetric[] = [
    this.#events,
    this.#bytes,
    this.#log,
    this.#pending,
    this.#dead,
    this.#deadAge,
    this.#lag,
    this.#paused,
    this.#pausedByCommand,
    this.#build,
    this.#startTime,
    this.#memory,
  ];

  constructor({ startedAtMs, memoryBytes }: StateMetricsOptions) {
    this.#memoryBytes = memoryBytes ?? (() => Deno.memoryUsage().rss);
    this.#build.set({ version: VERSION, deno: Deno.version.deno }, 1);
    this.#startTime.set({}, startedAtMs / 1_000);
  }

  /**
   * Sets all gauges.
   *
   * @param snapshot The state; series that it lacks are removed.
   */
  set(snapshot: StateSnapshot): void {
    const ofDestinations = [
      this.#pending,
      this.#dead,
      this.#deadAge,
      this.#lag,
    ];
    for (
      const gauge of [...ofDestinations, this.#paused, this.#pausedByCommand]
    ) {
      gauge.clear();
    }
    this.#events.clear();
    this.#bytes.clear();
    this.#log.set({}, snapshot.logBytes);
    this.#memory.set({}, this.#memoryBytes());
    for (const { destination, pausedUntilMs } of snapshot.activities) {
      this.#paused.set({ destination }, pausedUntilMs === null ? 0 : 1);
    }
    if (snapshot.pauses) this.#setPauses(snapshot.pauses, snapshot);
    if (snapshot.totals) this.#setTotals(snapshot.totals, snapshot);
  }

  #setPauses(pauses: readonly Pause[], { destinations }: StateSnapshot): void {
    for (const destination of destinations) {
      this.#pausedByCommand.set({ destination }, 0);
    }
    for (const { destination } of pauses) {
      this.#pausedByCommand.set({ destination }, 1);
    }
  }

  #setTotals(
    { events, bytes, destinations }: Totals,
    { nowMs, destinations: names }: StateSnapshot,
  ): void {
    this.#events.set({}, events);
    this.#bytes.set({}, bytes);
    for (const destination of names) {
      this.#pending.set({ destination }, 0);
      this.#dead.set({ destination }, 0);
      this.#deadAge.set({ destination }, 0);
      this.#lag.set({ destination }, 0);
    }
    const sinceSeconds = (timeMs: number | null) =>
      timeMs === null ? 0 : Math.max(nowMs - timeMs, 0) / 1_000;
    for (const totals of destinations) {
      const { destination, pending, dead, oldestDueAtMs } = totals;
      const deadSeconds = sinceSeconds(totals.oldestDeadReceivedAtMs);
      this.#pending.set({ destination }, pending);
      this.#dead.set({ destination }, dead);
      this.#deadAge.set({ destination }, deadSeconds);
      this.#lag.set({ destination }, sinceSeconds(oldestDueAtMs));
    }
  }
}
