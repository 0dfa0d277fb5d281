/**
 * Keeps an eye on what happens, for whoever looks at the local listener: it is told
 * by the log, the store and the receiver, and none of them waits for it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { CountedMetrics } from "./counted_metrics.ts";
import type { LogEntry, Logger } from "../log.ts";
import { metricsText } from "../metrics.ts";
import {
  MinuteTallies,
  type MinuteTally,
  type Tally,
} from "./minute_tallies.ts";
import { type RejectedDelivery, RejectedList } from "./rejected_list.ts";
import { StateMetrics, type StateSnapshot } from "./state_metrics.ts";
import type { CommitInfo } from "../store/store.ts";

/** Who wants to know at once. */
export interface MonitorListener {
  /** There may be news in the store. */
  committed(): void;
  /** Another copy of an event that is in the store was received. */
  duplicate(eventId: string): void;
  rejected(rejected: RejectedDelivery): void;
}

/** Where deliveries are received. */
export interface ReceivingInfo {
  readonly port: number;
  /** Whether there is a secret to check signatures with. */
  readonly isVerifying: boolean;
}

/** A setting that is valid and is likely a mistake. */
export interface SettingsWarning {
  readonly warning: string;
  readonly hint: string;
}

/** What the monitor remembers is gone with the process. */
export class Monitor {
  readonly startedAtMs: number;
  readonly #counted = new CountedMetrics();
  readonly #state: StateMetrics;
  readonly #minutes: MinuteTallies;
  readonly #rejected = new RejectedList();
  readonly #listeners = new Set<MonitorListener>();
  readonly #warnings: SettingsWarning[] = [];
  #receiving: ReceivingInfo | null = null;

  /** @param clock The time. */
  constructor(clock: Clock) {
    this.startedAtMs = clock.nowMs();
    this.#state = new StateMetrics(this);
    this.#minutes = new MinuteTallies(clock);
  }

  /**
   * Has a look at all that is logged, below the level that is written, too.
   *
   * @param logger Gets every entry afterwards.
   * @returns The logger to use from here on.
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

  /** To be told of every commit of the store. */
  readonly committed = (info: CommitInfo): void => {
    this.#counted.committed(info);
    for (const listener of this.#listeners) listener.committed();
  };

  /** To be told of every refused delivery. */
  readonly rejected = (rejected: RejectedDelivery): void => {
    this.#rejected.add(rejected);
    for (const listener of this.#listeners) listener.rejected(rejected);
  };

  /**
   * Tells of everything from now on.
   *
   * @param listener Who wants to know.
   * @returns Ends it.
   */
  listen(listener: MonitorListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where deliveries are received; null until then, and without a listener of ours. */
  get receiving(): ReceivingInfo | null {
    return this.#receiving;
  }

  /** What is likely a mistake in the settings. */
  get warnings(): readonly SettingsWarning[] {
    return this.#warnings;
  }

  /** The latest refused deliveries, the latest first. */
  latestRejected(): RejectedDelivery[] {
    return this.#rejected.list();
  }

  /** The last hour, minute by minute. */
  lastMinutes(): MinuteTally[] {
    return this.#minutes.list();
  }

  /**
   * All metrics, as Prometheus reads them.
   *
   * @param snapshot What can only be found out now.
   */
  metricsText(snapshot: StateSnapshot): string {
    this.#state.set(snapshot);
    return metricsText([...this.#counted.all, ...this.#state.all]);
  }

  #count(entry: LogEntry): void {
    this.#counted.observe(entry);
    const kind = tallyOf(entry);
    if (kind) this.#minutes.count(kind);
    if (entry.msg === "listening") {
      const { port, secrets } = entry;
      this.#receiving = { port, isVerifying: secrets > 0 };
    }
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
