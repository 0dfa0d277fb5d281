// Times for people: local, with the zone marked.

/**
 * Writes a time as people here read it. Commands take it as it is, in quotes.
 *
 * @param time The time, or its ISO 8601 text.
 * @param offsetMinutes The zone, east of UTC; the one that is in use here at that time by
 * default.
 * @returns Such as `2026-11-26 19:24:00+01:00`.
 */
export function localTime(
  time: string | Date,
  offsetMinutes = -new Date(time).getTimezoneOffset(),
): string {
  const local = new Date(new Date(time).getTime() + offsetMinutes * 60_000);
  const minutes = Math.abs(offsetMinutes);
  const offset = [Math.floor(minutes / 60), minutes % 60]
    .map((part) => String(part).padStart(2, "0")).join(":");
  const sign = offsetMinutes < 0 ? "-" : "+";
  return `${
    local.toISOString().slice(0, 19).replace("T", " ")
  }${sign}${offset}`;
}
