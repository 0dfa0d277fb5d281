/**
 * Checks crash states of a recording until there are enough, or one is wrong.
 *
 * ```sh
 * deno run -A tests/crash/sweep.ts --states 100000 --seed 1
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { CrashChecker } from "./check.ts";
import { type Patch, patchSource } from "./patched_source.ts";
import { record, type Recording, type RecordingOptions } from "./recording.ts";
import { crashStates } from "./states.ts";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { TempDir } from "../support/temp_dir.ts";
import { makeVersion1 } from "../support/version_1_store.ts";

/** Wraps the log every few commits, rather than after hundreds. */
const SMALL_LOG: Patch = {
  pattern: /(\bCHECKPOINT_BYTES = )[^;]+/,
  replacement: "$1 64 << 10",
};

/** About how many states a round over the recording makes. */
const ROUND_STATES = 1_000;

/** What to record and how much of it to check. */
export interface SweepOptions extends Omit<RecordingOptions, "source"> {
  /** A bug to plant. */
  readonly bug?: Patch;
  readonly statesMax: number;
  readonly seed?: number;
}

/** What came of a sweep. */
export interface Sweep {
  readonly states: number;
  /** Different databases that came out of them. */
  readonly databases: number;
  /** How often the log began anew. */
  readonly wraps: number;
  /** Syncs that failed. */
  readonly failures: number;
  readonly fault?: string;
}

/** Starts on a store of version 1. */
export function prepareVersion1(folder: string): void {
  makeVersion1(`${folder}/inbox.db`);
}

/**
 * Records a run and checks what crashes would leave of it.
 *
 * @param options What to run and how far to go.
 * @returns How many states there were, and what is wrong with the last one.
 */
export async function sweep(options: SweepOptions): Promise<Sweep> {
  await using folder = await TempDir.make();
  await using states = await TempDir.make("/dev/shm");
  const source = `${folder.path}/source`;
  const { bug } = options;
  patchSource(source, bug ? [SMALL_LOG, bug] : [SMALL_LOG]);
  const recording = await record(folder.path, { ...options, source });
  const checker = new CrashChecker(states.path, recording);
  const wraps = wrapsOf(recording);
  const failures =
    recording.steps.filter(({ kind }) => kind === "sync failed").length;
  const seen = new Set<string>();
  // Many rounds over all of the recording find early what is wrong late in it.
  const share = ROUND_STATES / (recording.steps.length * 40);
  for (let round = 0; seen.size < options.statesMax; round++) {
    const random = new SeededRandom((options.seed ?? 1) * 1_000 + round);
    const settings = { random, share, seen, subsets: 12 };
    for (const state of crashStates(recording, settings)) {
      const fault = await checker.check(state);
      const { databases } = checker;
      if (fault !== undefined) {
        const where = `${fault} (${state.description})`;
        return { states: seen.size, databases, wraps, failures, fault: where };
      }
      if (seen.size >= options.statesMax) break;
    }
  }
  return { states: seen.size, databases: checker.databases, wraps, failures };
}

/** The log begins anew where its header is written. */
function wrapsOf({ steps }: Recording): number {
  return steps.filter((step) =>
    step.kind === "change" && step.file.endsWith("-wal") &&
    step.change.kind === "write" && step.change.offset === 0
  ).length - 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      states: { type: "string", default: "100000" },
      events: { type: "string", default: "120" },
      seed: { type: "string", default: "1" },
      encrypted: { type: "boolean", default: false },
      migration: { type: "boolean", default: false },
    },
  });
  console.log(
    await sweep({
      events: Number(values.events),
      statesMax: Number(values.states),
      seed: Number(values.seed),
      ...values.encrypted && { encryptionKey: createEncryptionKey("k1") },
      ...values.migration && { prepare: prepareVersion1 },
    }),
  );
}

if (import.meta.main) await main();
