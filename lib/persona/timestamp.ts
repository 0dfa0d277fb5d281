/**
 * Points in time as Persona writes them.
 *
 * @module
 */

const ISO_WITH_ZONE =
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an ISO 8601 date and time. One without a zone is refused, as it would
 * be read in the zone of this machine.
 *
 * @param value What stands where a time should.
 * @returns The time to the millisecond, or null if there is none to be read.
 */
export function parseTimestamp(value: unknown): Date | null {
  if (typeof value !== "string" || !ISO_WITH_ZONE.test(value)) return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}
