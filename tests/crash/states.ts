/**
 * What a recorded server's disk may hold after a crash, and what must be in it.
 *
 * @module
 */

import type { SeededRandom } from "../support/seeded_random.ts";
import { Disk, type Reached } from "./disk.ts";
import type { Recording } from "./recording.ts";

/** What the process had promised by then. */
export interface Promises {
  /** Ids of events that were answered with 200. */
  readonly stored: ReadonlySet<string>;
  /** Ids of events that a destination had, as the next one of their lane went out. */
  readonly done: ReadonlySet<string>;
}

/** Files that a crash may leave. */
export interface CrashState {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly promises: Promises;
  /** For a failure's message: when, and what reached the disk. */
  readonly description: string;
}

/** How many states to make at each step. */
export interface StatesOptions {
  readonly random: SeededRandom;
  /** Seeded subsets of what is pending. */
  readonly subsets: number;
  /** At which share of the steps, from 0 to 1; wherever something is promised, too. */
  readonly share: number;
  /** What is made once is not made again. */
  readonly seen: Set<string>;
}

/**
 * Goes through a recording, and crashes before each step: with every prefix and every
 * end of what is pending, with all but one, and with some subsets, the last change
 * torn or whole.
 *
 * @param recording What was recorded.
 * @param options How many.
 * @yields States, each unlike the others before it.
 */
export function* crashStates(
  recording: Recording,
  options: StatesOptions,
): Generator<CrashState> {
  const { random, subsets, share, seen } = options;
  const disk = new Disk(recording.base);
  const ledger = new Ledger(recording);
  let durable = 0;
  for (const [at, step] of recording.steps.entries()) {
    if (step.kind === "said") {
      ledger.hear(step.text);
      continue;
    }
    disk.apply(step);
    if (step.kind !== "change") durable++;
    // What is promised before the next change or sync is promised here already.
    const next = ledger.upTo(recording.steps, at + 1);
    const isPromising = next > 0;
    if (!isPromising && random.below(1_000) >= share * 1_000) continue;
    const { pending } = disk;
    for (const reached of choices(pending, subsets, random)) {
      const key = `${durable} ${ledger.size} ${keyOf(reached)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      yield {
        files: disk.afterCrash(reached),
        promises: ledger.promises(),
        description:
          `step ${at}, ${reached.length} of ${pending.length} changes: ${
            keyOf(reached)
          }`,
      };
    }
  }
}

type Pending = Disk["pending"];

function* choices(
  pending: Pending,
  subsets: number,
  random: SeededRandom,
): Generator<Reached[]> {
  for (let count = 0; count <= pending.length; count++) {
    yield whole(pending.slice(0, count));
    yield whole(pending.slice(count));
    yield whole(pending.filter((_, i) => i !== count));
    if (count > 0) yield torn(pending.slice(0, count), random);
  }
  for (let i = 0; i < subsets; i++) {
    const percent = [10, 50, 90][i % 3]!;
    const some = pending.filter(() => random.below(100) < percent);
    yield i % 2 === 0 ? whole(some) : torn(some, random);
  }
}

function whole(steps: Pending): Reached[] {
  return steps.map((step) => ({ step }));
}

/** The last change of each file reaches the disk in part. */
function torn(steps: Pending, random: SeededRandom): Reached[] {
  const last = new Map(steps.map((step) => [step.file, step]));
  return steps.map((step) => {
    const { file, change } = step;
    if (last.get(file) !== step || change.kind !== "write") return { step };
    const sectors = 1 + random.below(Math.ceil(change.data.length / 512));
    return { step, torn: { sectors, isTail: random.below(2) === 0 } };
  });
}

function keyOf(reached: readonly Reached[]): string {
  return reached.map(({ step, torn }) =>
    `${step.id}${torn ? `${torn.isTail ? "t" : "h"}${torn.sectors}` : ""}`
  ).join(",");
}

/** Keeps account of what is promised. */
class Ledger {
  readonly #recording: Recording;
  readonly #laneOf = new Map<string, readonly string[]>();
  readonly #stored = new Set<string>();
  readonly #done = new Set<string>();
  readonly #dispatched = new Set<string>();
  #heard = -1;

  constructor(recording: Recording) {
    this.#recording = recording;
    for (const lane of recording.lanes) {
      for (const id of lane) this.#laneOf.set(id, lane);
    }
  }

  get size(): number {
    return this.#stored.size + this.#done.size;
  }

  promises(): Promises {
    return { stored: new Set(this.#stored), done: new Set(this.#done) };
  }

  /** Hears all that is said until the next change: how much of it promises something. */
  upTo(steps: Recording["steps"], from: number): number {
    const before = this.size;
    for (let at = from; at < steps.length; at++) {
      const step = steps[at]!;
      if (step.kind !== "said") break;
      if (at <= this.#heard) continue;
      this.#heard = at;
      this.hear(step.text);
    }
    return this.size - before;
  }

  hear(text: string): void {
    if (text.startsWith("HTTP/1.1 200")) {
      const [, requestId = ""] = /\r\nx-request-id: (\S+)/.exec(text) ?? [];
      const id = this.#recording.requests.get(requestId);
      if (id !== undefined) this.#stored.add(id);
    }
    const [, id] = /^POST [^]*?\r\nidempotency-key: (\S+)/.exec(text) ?? [];
    if (id === undefined) return;
    for (const earlier of this.#laneOf.get(id) ?? []) {
      if (earlier === id) break;
      if (this.#dispatched.has(earlier)) this.#done.add(earlier);
    }
    this.#dispatched.add(id);
  }
}
