// The check of this machine's clock, as far as that is possible without asking
// anybody: what was stored cannot have come in later than now, and no event comes in
// before Persona makes it.

import type { EventRow } from "../store/event_reader.ts";
import { type Finding, ok, warning } from "./finding.ts";

const NAME = "clock";

/** Clocks are never quite the same. */
const SKEW_MS_MAX = 10_000;

const HINT =
  "Turn on time synchronization: signatures are checked with this clock";

/** Compares the clock with events. */
export function checkClock(
  rows: readonly EventRow[],
  nowMs: number,
): readonly Finding[] {
  // Unsigned ones may be invented.
  const verified = rows.filter((row) => row.secretFingerprint !== null);
  if (verified.length === 0) {
    return [ok(NAME, "nothing to compare it with: no verified event yet")];
  }
  const aheadMs = Math.max(...verified.map((row) => row.receivedAtMs - nowMs));
  if (aheadMs > SKEW_MS_MAX) {
    const summary = `an event was received ${seconds(aheadMs)} in the future`;
    return [warning(NAME, `${summary}: the clock was set back`, HINT)];
  }
  const behindMs = Math.max(
    ...verified.map(({ createdAtMs, receivedAtMs }) =>
      (createdAtMs ?? receivedAtMs) - receivedAtMs
    ),
  );
  if (behindMs > SKEW_MS_MAX) {
    const summary = `an event was received ${
      seconds(behindMs)
    } before it was created`;
    return [warning(NAME, `${summary}: the clock was behind Persona's`, HINT)];
  }
  const { length } = verified;
  const events = length === 1 ? "verified event" : `${length} verified events`;
  return [ok(NAME, `fits the latest ${events}`)];
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
