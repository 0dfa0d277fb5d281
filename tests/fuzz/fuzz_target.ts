// What is fuzzed: a property by fast-check, with its runs in the suite.

import fc from "npm:fast-check@4.11.0";

/** Something that must hold for every input. */
export interface FuzzTarget {
  /** The area and what holds in it, such as `header: …`. */
  readonly name: string;
  /** Executions in the suite, which takes seconds; a real search has no bound. */
  readonly runs: number;
  /** Opens what the executions need. */
  open(): Promise<OpenTarget>;
}

/** A target that is being fuzzed. */
export interface OpenTarget {
  readonly property: fc.IRawProperty<unknown>;
  close?(): Promise<void>;
}

/** A target that needs nothing but its inputs. */
export function pureTarget<Input>(
  name: string,
  options: {
    readonly runs: number;
    readonly inputs: fc.Arbitrary<Input>;
    readonly check: (input: Input) => void | Promise<void>;
  },
): FuzzTarget {
  const { runs, inputs, check } = options;
  const isAsync = check.constructor.name === "AsyncFunction";
  const property = isAsync
    ? fc.asyncProperty(inputs, async (input) => void await check(input))
    : fc.property(inputs, (input) => void check(input));
  return { name, runs, open: () => Promise.resolve({ property }) };
}

/** The extent of a search. */
export interface SearchOptions {
  readonly seed: number;
  /** The most executions. */
  readonly runsMax: number;
  /** Ends the search, as by `performance.now()`. */
  readonly endMs?: number;
}

/** Executions with one seed; a failure names the seed of its own. */
const RUNS_PER_SEED = 2_000;

/**
 * Searches an input for which a target does not hold.
 *
 * @returns The number of executions.
 * @throws {Error} With the seed and the smallest such input.
 */
export async function search(
  target: FuzzTarget,
  { seed, runsMax, endMs = Infinity }: SearchOptions,
): Promise<number> {
  const { property, close } = await target.open();
  let runs = 0;
  try {
    while (runs < runsMax && performance.now() < endMs) {
      const numRuns = Math.min(RUNS_PER_SEED, runsMax - runs);
      const details = await fc.check(property, { seed: seed++, numRuns });
      runs += details.numRuns;
      if (!details.failed) continue;
      const report = await fc.asyncDefaultReportMessage(details);
      const cause = details.errorInstance;
      throw new Error(`${target.name}\n${report}`, { cause });
    }
    return runs;
  } finally {
    await close?.();
  }
}
