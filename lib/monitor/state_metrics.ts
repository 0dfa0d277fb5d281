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

/** Gauges that are set from a snapshot. */
export class StateMetrics {
  readonly #events = gauge(
    "persona_inbox_events",
    "Events in the store, of all instances.",
  );
  readonly #bytes = gauge(
    "persona_inbox_store_bytes",
    "Size of the store's tables and indexes; what was erased in it is used again.",
  );
  readonly #log = gauge(
    "persona_inbox_store_log_bytes",
    "Bytes in the store's log that no checkpoint has moved yet.",
  );
  readonly #pending = ofDestination(
    "persona_inbox_dispatches_pending",
    "Dispatches in the store that are waiting or running, whichever instance has them.",
  );
  readonly #dead = ofDestination(
    "persona_inbox_dispatches_dead",
    "Dead letters in the store: dispatches that are out of attempts.",
  );
  readonly #deadAge = ofDestination(
    "persona_inbox_dead_letter_age_seconds",
    "Time since the oldest dead letter in the store was received.",
  );
  readonly #lag = ofDestination(
    "persona_inbox_dispatch_lag_seconds",
    "How overdue the oldest due dispatch in the store is, among the first 1000 pending ones.",
  );
  readonly #paused = ofDestination(
    "persona_inbox_destination_paused",
    "1 while this instance pauses a destination because it is down.",
  );
  readonly #pausedByCommand = ofDestination(
    "persona_inbox_destination_paused_by_command",
    "1 while a destination is paused in the store until persona-inbox resume.",
  );
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
  readonly #ofStore = [
    this.#events,
    this.#bytes,
    this.#log,
    this.#pending,
    this.#dead,
    this.#deadAge,
    this.#lag,
    this.#paused,
    this.#pausedByCommand,
  ];

  /** All metrics. */
  readonly all: readonly AnyMetric[] = [
    ...this.#ofStore,
    this.#build,
    this.#startTime,
    this.#memory,
  ];

  constructor(startedAtMs: number) {
    this.#build.set({ version: VERSION, deno: Deno.version.deno }, 1);
    this.#startTime.set({}, startedAtMs / 1_000);
  }

  /**
   * Sets all gauges.
   *
   * @param snapshot The state; series that it lacks are removed.
   */
  set(snapshot: StateSnapshot): void {
    for (const gauge of this.#ofStore) gauge.clear();
    this.#log.set({}, snapshot.logBytes);
    this.#memory.set({}, Deno.memoryUsage().rss);
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

function gauge(name: string, help: string): Gauge {
  return new Gauge({ name, help });
}

function ofDestination(name: string, help: string): Gauge<"destination"> {
  const labels = ["destination"] as const;
  return new Gauge({ name, help, labels });
}
