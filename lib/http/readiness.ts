// Readiness: found out by a write to the store.

import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { withTimeout } from "../timeout.ts";

/** The time for which a result is cached. */
const FRESH_MS = 1_000;

/** The time after which the store counts as failing. */
const PROBE_TIMEOUT_MS = 3_000;

/**
 * Creates the check of `/readyz`.
 *
 * @returns A function that resolves to true if the store works.
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
    // A clock can be set back: a result from the future is stale.
    const isFresh = nowMs >= probedAtMs && nowMs - probedAtMs < FRESH_MS;
    if (answer && isFresh) return answer;
    probedAtMs = nowMs;
    // A probe that hangs is reused: others would queue up behind it.
    probe ??= store.probe().finally(() => probe = undefined);
    return answer = withTimeout(probe, PROBE_TIMEOUT_MS, false);
  };
}
