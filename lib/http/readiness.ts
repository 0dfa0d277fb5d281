/**
 * Whether a delivery could be stored now: not a guess, it is tried.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { withTimeout } from "../timeout.ts";

/** How long an answer stands, so that asking often costs nothing. */
const FRESH_MS = 1_000;

/** How long the store may take before it counts as failing. */
const PROBE_TIMEOUT_MS = 3_000;

/**
 * Makes the check behind `/readyz`.
 *
 * @param store What must be able to store.
 * @param clock Tells how old an answer is.
 * @returns A function that resolves to whether the store works.
 */
export function createReadiness(
  store: Store,
  clock: Clock,
): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  let probe: Promise<boolean> | undefined;
  let probedAtMs = 0;
  return () => {
    const nowMs = clock.nowMs();
    // A clock can be set back: an answer from the future is none.
    const isFresh = nowMs >= probedAtMs && nowMs - probedAtMs < FRESH_MS;
    if (answer && isFresh) return answer;
    probedAtMs = nowMs;
    // One that hangs is waited for again: others would queue up behind it.
    probe ??= store.probe().finally(() => probe = undefined);
    return answer = withTimeout(probe, PROBE_TIMEOUT_MS, false);
  };
}
