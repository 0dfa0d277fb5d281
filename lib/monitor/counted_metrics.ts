/**
 * What is counted as it happens. All of it is told by the log's entries and by the
 * commits of the store; names of events never become labels, as anybody who can sign
 * can make one up.
 *
 * @module
 */

import type { AttemptEntry, LogEntry } from "../log.ts";
import { type AnyMetric, Counter, Histogram } from "../metrics.ts";
import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type { CommitInfo } from "../store/store.ts";

const COMMIT_MS = "0.5 1 2.5 5 10 25 50 100 250 500 1000 2500 5000";
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const ATTEMPT_MS = "1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000";

/** Counts deliveries, commits and attempts. */
export class CountedMetrics {
  readonly #received = new Counter({
    name: "persona_inbox_deliveries_received_total",
    help: "Deliveries that were taken.",
    labels: ["result"],
  });
  readonly #rejected = new Counter({
    name: "persona_inbox_deliveries_rejected_total",
    help: "Deliveries that were refused.",
    labels: ["reason"],
  });
  readonly #secretUses = new Counter({
    name: "persona_inbox_secret_uses_total",
    help: "Deliveries verified with a secret, by its fingerprint.",
    labels: ["secret"],
  });
  readonly #commitSeconds = new Histogram({
    name: "persona_inbox_store_commit_seconds",
    help: "How long the store took to make a batch durable.",
  }, seconds(COMMIT_MS));
  readonly #batchSize = new Histogram({
    name: "persona_inbox_store_batch_size",
    help: "How many deliveries and attempts one commit made durable.",
  }, BATCH_SIZES);
  readonly #storeFailures = new Counter({
    name: "persona_inbox_store_failures_total",
    help: "How often the store failed.",
  });
  readonly #attempts = new Counter({
    name: "persona_inbox_attempts_total",
    help: "Attempts to deliver; the outcome is ok, or why one failed.",
    labels: ["destination", "outcome"],
  });
  readonly #deadLetters = new Counter({
    name: "persona_inbox_dead_letters_total",
    help: "Dispatches that ran out of attempts.",
    labels: ["destination"],
  });
  readonly #attemptSeconds = new Histogram({
    name: "persona_inbox_attempt_seconds",
    help: "How long attempts took, whatever came of them.",
    labels: ["destination"],
  }, seconds(ATTEMPT_MS));

  /** All of them. */
  readonly all: readonly AnyMetric[] = [
    this.#received,
    this.#rejected,
    this.#secretUses,
    this.#commitSeconds,
    this.#batchSize,
    this.#storeFailures,
    this.#attempts,
    this.#deadLetters,
    this.#attemptSeconds,
  ];

  /** Shows at once what is counted in any case: a rate needs a value to begin with. */
  constructor() {
    for (const result of ["accepted", "duplicate", "unrecognized"]) {
      this.#received.add({ result }, 0);
    }
    for (const reason of Object.keys(REJECT_REASONS) as RejectReason[]) {
      this.#rejected.add({ reason }, 0);
    }
    this.#storeFailures.add({}, 0);
  }

  /**
   * Counts what an entry of the log tells.
   *
   * @param entry The entry.
   */
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
      case "store failed":
        return this.#storeFailures.add({});
    }
  }

  /**
   * Counts a commit of the store.
   *
   * @param info What was written.
   */
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
    this.#deadLetters.add({ destination }, 0); // Its rate needs a value to begin with.
    this.#attemptSeconds.observe({ destination }, durationMs / 1_000);
  }
}

function seconds(milliseconds: string): number[] {
  return milliseconds.split(" ").map((ms) => Number(ms) / 1_000);
}
