// Observes the log, the store and the receiver for the local listener; none of them
// waits for it.

import type { Clock } from "../clock.ts";
import { AttemptTallies, type AttemptTally } from "./attempt_tallies.ts";
import { CountedMetrics } from "./counted_metrics.ts";
import type { LogEntry, Logger } from "../log.ts";
import { metricsText } from "../metrics.ts";
import {
  MinuteTallies,
  type MinuteTally,
  type Tally,
} from "./minute_tallies.ts";
import {
  type KeptRejection,
  type RejectedContent,
  type RejectedDelivery,
  RejectedList,
} from "./rejected_list.ts";
import { StateMetrics, type StateSnapshot } from "./state_metrics.ts";
import type { CommitInfo } from "../store/client_options.ts";

/** A listener for changes as they happen. */
export interface MonitorListener {
  /** The store may have new events or attempts. */
  committed(): void;
  /** A stored event was received again. */
  duplicate(eventId: string): void;
  rejected(rejected: RejectedDelivery): void;
}

/** The listener for deliveries. */
export interface ReceivingInfo {
  readonly port: number;
  /** False without a secret to verify signatures with. */
  readonly isVerifying: boolean;
}

/** A valid setting that is likely a mistake. */
export interface SettingsWarning {
  readonly warning: string;
  readonly hint: string;
}

const NO_CONTENT: RejectedContent = { header: null, body: null };

/** An in-memory view of what the server does. */
export class Monitor {
  readonly startedAtMs: number;
  readonly #counted = new CountedMetrics();
  readonly #state: StateMetrics;
  readonly #minutes: MinuteTallies;
  readonly #attempts: AttemptTallies;
  readonly #rejected = new RejectedList();
  readonly #listeners = new Set<MonitorListener>();
  readonly #warnings: SettingsWarning[] = [];
  #disagreement: SettingsWarning | null = null;
  readonly #onEntry: ((entry: LogEntry) => void)[] = [];
  #receiving: ReceivingInfo | null = null;

  constructor(clock: Clock) {
    this.startedAtMs = clock.nowMs();
    this.#state = new StateMetrics(this.startedAtMs);
    this.#minutes = new MinuteTallies(clock);
    this.#attempts = new AttemptTallies(clock);
  }

  /**
   * Wraps a logger to observe all entries, including those below the written level.
   *
   * @returns The logger to use instead.
   */
  observe(logger: Logger): Logger {
    return {
      log: (entry) => {
        this.#count(entry);
        logger.log(entry);
      },
      flush: () => logger.flush(),
    };
  }

  /** Call on every commit of the store. */
  readonly committed = (info: CommitInfo): void => {
    this.#counted.committed(info);
    for (const listener of this.#listeners) listener.committed();
  };

  /** Call on every rejected delivery. */
  readonly rejected = (
    rejected: RejectedDelivery,
    content: RejectedContent = NO_CONTENT,
  ): void => {
    this.#rejected.add(rejected, content);
    for (const listener of this.#listeners) listener.rejected(rejected);
  };

  /**
   * Adds a listener.
   *
   * @param listener Called on every change.
   * @returns A function that removes it.
   */
  listen(listener: MonitorListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The listener for deliveries; null before it listens, or without one. */
  get receiving(): ReceivingInfo | null {
    return this.#receiving;
  }

  /** Likely mistakes in the settings. */
  get warnings(): readonly SettingsWarning[] {
    const all = this.#warnings;
    return this.#disagreement ? [...all, this.#disagreement] : all;
  }

  /** The latest rejected deliveries, latest first. */
  latestRejected(): RejectedDelivery[] {
    return this.#rejected.list();
  }

  /** Returns one of them with its content, if that is still kept. */
  rejection(requestId: string): KeptRejection | undefined {
    return this.#rejected.get(requestId);
  }

  /** The last hour, minute by minute. */
  lastMinutes(): MinuteTally[] {
    return this.#minutes.list();
  }

  /** Returns the attempts of a destination since the start. */
  attemptsOf(destination: string): AttemptTally {
    return this.#attempts.of(destination);
  }

  /** All metrics in the text format of Prometheus. */
  metricsText(snapshot: StateSnapshot): string {
    this.#state.set(snapshot);
    return metricsText([...this.#counted.all, ...this.#state.all]);
  }

  /** The warnings of the new settings follow. */
  #reloaded(secrets: number): void {
    this.#warnings.length = 0;
    if (this.#receiving) {
      this.#receiving = { ...this.#receiving, isVerifying: secrets > 0 };
    }
  }

  /** Adds a listener to all entries of observed loggers. */
  onEntry(listener: (entry: LogEntry) => void): void {
    this.#onEntry.push(listener);
  }

  #count(entry: LogEntry): void {
    for (const listener of this.#onEntry) listener(entry);
    this.#counted.observe(entry);
    const kind = tallyOf(entry);
    if (kind) this.#minutes.count(kind);
    if ((kind === "delivered" || kind === "failed") && "destination" in entry) {
      this.#attempts.count(entry.destination, kind);
    }
    if (entry.msg === "listening") {
      const { port, secrets } = entry;
      this.#receiving = { port, isVerifying: secrets > 0 };
    }
    if (entry.msg === "settings reloaded") this.#reloaded(entry.secrets);
    if (entry.msg === "destinations differ") {
      this.#disagreement = { warning: entry.fault, hint: entry.hint };
    }
    if (entry.msg === "destinations agree") this.#disagreement = null;
    if (entry.msg === "settings warning") {
      const { warning, hint } = entry;
      this.#warnings.push({ warning, hint });
    }
    if (entry.msg !== "received" || !entry.duplicate) return;
    for (const listener of this.#listeners) listener.duplicate(entry.eventId);
  }
}

function tallyOf(entry: LogEntry): keyof Tally | undefined {
  switch (entry.msg) {
    case "received":
      return entry.duplicate ? "duplicates" : "received";
    case "rejected":
    case "delivered":
      return entry.msg;
    case "attempt failed":
    case "dead letter":
      return "failed";
    default:
      return undefined;
  }
}
