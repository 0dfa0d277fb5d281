// Metrics that are counted as things happen, from log entries and store commits. Event
// names are never labels: anybody who can sign could invent any number of them.

import type { AttemptEntry, LogEntry } from "../log.ts";
import { type AnyMetric, Counter, Histogram } from "../metrics.ts";
import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type { CommitInfo } from "../store/client_options.ts";

const COMMIT_MS = "0.5 1 2.5 5 10 25 50 100 250 500 1000 2500 5000";
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const ATTEMPT_MS = "1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000";

/** Counts deliveries, commits and attempts. */
export class CountedMetrics {
  readonly #received = new Counter({
    name: "persona_inbox_deliveries_received_total",
    help: "Deliveries that this instance accepted.",
    labels: ["result"],
  });
  readonly #rejected = new Counter({
    name: "persona_inbox_deliveries_rejected_total",
    help: "Deliveries that this instance rejected.",
    labels: ["reason"],
  });
  readonly #secretUses = new Counter({
    name: "persona_inbox_secret_uses_total",
    help: "Deliveries verified with a secret, by its fingerprint.",
    labels: ["secret"],
  });
  readonly #commitSeconds = new Histogram({
    name: "persona_inbox_store_commit_seconds",
    help: "Time to make a batch durable.",
  }, seconds(COMMIT_MS));
  readonly #batchSize = new Histogram({
    name: "persona_inbox_store_batch_size",
    help: "Deliveries and attempts per commit.",
  }, BATCH_SIZES);
  readonly #storeFailures = new Counter({
    name: "persona_inbox_store_failures_total",
    help: "Failures of the store.",
  });
  readonly #erased = new Counter({
    name: "persona_inbox_payloads_erased_total",
    help:
      "Payloads that this instance erased: expired, redacted by Persona, or by a command.",
    labels: ["cause"],
  });
  readonly #retentionPasses = new Counter({
    name: "persona_inbox_retention_passes_total",
    help:
      "Times that this instance looked for expired payloads, and erased all of them.",
  });
  readonly #attempts = new Counter({
    name: "persona_inbox_attempts_total",
    help:
      "Delivery attempts of this instance; the outcome is ok or the reason of the failure.",
    labels: ["destination", "outcome"],
  });
  readonly #deadLetters = new Counter({
    name: "persona_inbox_dead_letters_total",
    help: "Dispatches that ran out of attempts at this instance.",
    labels: ["destination"],
  });
  readonly #attemptSeconds = new Histogram({
    name: "persona_inbox_attempt_seconds",
    help: "Duration of attempts, whatever their outcome.",
    labels: ["destination"],
  }, seconds(ATTEMPT_MS));

  /** All metrics. */
  readonly all: readonly AnyMetric[] = [
    this.#received,
    this.#rejected,
    this.#secretUses,
    this.#commitSeconds,
    this.#batchSize,
    this.#storeFailures,
    this.#erased,
    this.#retentionPasses,
    this.#attempts,
    this.#deadLetters,
    this.#attemptSeconds,
  ];

  /** Starts fixed series at zero: a rate needs a first value. */
  constructor() {
    for (const result of ["accepted", "duplicate", "unrecognized"]) {
      this.#received.add({ result }, 0);
    }
    for (const reason of Object.keys(REJECT_REASONS) as RejectReason[]) {
      this.#rejected.add({ reason }, 0);
    }
    this.#storeFailures.add({}, 0);
    this.#retentionPasses.add({}, 0);
    for (const cause of ["retention", "redaction", "command"]) {
      this.#erased.add({ cause }, 0);
    }
  }

  /** Counts an entry of the log. */
  observe(entry: LogEntry): void {
    switch (entry.msg) {
      case "received":
        return this.#countReceived(entry);
      case "rejected":
        return this.#rejected.add({ reason: entry.reason });
      case "delivered":
        return this.#countAttempt(entry, "ok");
      case "ignored":
        return this.#countAttempt(entry, "ignored");
      case "attempt failed":
        return this.#countAttempt(entry, entry.reason);
      case "dead letter":
        this.#deadLetters.add({ destination: entry.destination });
        return this.#countAttempt(entry, entry.reason);
      case "expired":
        return this.#erased.add({ cause: "retention" }, entry.events);
      case "erased":
        return this.#erased.add({ cause: "redaction" }, entry.events);
      case "erased by command":
        return this.#erased.add({ cause: "command" }, entry.events);
      case "retention passed":
        return this.#retentionPasses.add({});
      case "store failed":
        return this.#storeFailures.add({});
    }
  }

  /** Counts a commit of the store. */
  committed({ durationMs, size }: CommitInfo): void {
    this.#commitSeconds.observe({}, durationMs / 1_000);
    this.#batchSize.observe({}, size);
  }

  #countReceived(entry: Extract<LogEntry, { msg: "received" }>): void {
    const { duplicate, eventId: id, eventName: name } = entry;
    const { secretFingerprint: secret } = entry;
    const kind = isUnrecognized({ id, name }) ? "unrecognized" : "accepted";
    this.#received.add({ result: duplicate ? "duplicate" : kind });
    if (secret !== null) this.#secretUses.add({ secret });
  }

  #countAttempt(entry: AttemptEntry, outcome: string): void {
    const { destination, durationMs } = entry;
    this.#attempts.add({ destination, outcome });
    this.#deadLetters.add({ destination }, 0); // A rate needs a first value.
    this.#attemptSeconds.observe({ destination }, durationMs / 1_000);
  }
}

function seconds(milliseconds: string): number[] {
  return milliseconds.split(" ").map((ms) => Number(ms) / 1_000);
}
