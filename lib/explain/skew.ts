import { type Finding, finding } from "./finding.ts";

/** Of which time it is judged, and how strictly. */
export interface SkewOptions {
  readonly nowSeconds: number;
  readonly toleranceSeconds: number;
}

/** Within so much of now, a number a thousand times as large counts milliseconds. */
const PLAUSIBLE_SECONDS = 10 * 365 * 86_400;

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "days"],
  [3_600, "h"],
  [60, "min"],
];

/**
 * Judges a `t`.
 *
 * @param set Its set, from 1.
 * @returns The finding, if it is a number outside the tolerance.
 */
export function skewFinding(
  timestamp: string,
  set: number,
  { nowSeconds, toleranceSeconds }: SkewOptions,
): Finding | null {
  if (!/^[0-9]{1,15}$/.test(timestamp)) return null;
  const seconds = Number(timestamp);
  const skew = nowSeconds - seconds;
  if (Math.abs(skew) <= toleranceSeconds) return null;
  const isFuture = skew < 0;
  const offAsMs = Math.abs(nowSeconds - seconds / 1_000);
  if (isFuture && offAsMs < PLAUSIBLE_SECONDS) {
    return finding(
      "timestamp-unit",
      "t must count seconds: it counts milliseconds",
      set,
    );
  }
  const distance = Math.abs(skew);
  const over = distance - toleranceSeconds;
  const direction = isFuture ? "in the future" : "in the past";
  const sentence = `t lies ${duration(distance)} ${direction}: ${
    duration(over)
  } more than the tolerance of ${toleranceSeconds} s`;
  const code = isFuture ? "timestamp-future" : "timestamp-expired";
  return finding(code, sentence, set);
}

/** Exact, and in a larger unit beside it where that is easier to grasp. */
function duration(seconds: number): string {
  const [unit, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ?? [];
  if (unit === undefined) return `${seconds} s`;
  return `${seconds} s (${Math.round(seconds / unit)} ${name})`;
}
