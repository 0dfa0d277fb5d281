const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/**
 * Formats a duration, in the largest unit that fits at least twice.
 *
 * @param seconds A span, 0 or more.
 * @returns For example `90 s`, `5 min`, `20782 d`.
 */
export function durationText(seconds: number): string {
  const [unit, name] = UNITS.find(([unit]) => seconds >= 2 * unit) ?? [1, "s"];
  return `${Math.floor(seconds / unit)} ${name}`;
}
