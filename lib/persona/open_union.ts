/**
 * Unions that grow without notice.
 *
 * @module
 */

/** Any text; editors offer `Known`. Persona adds names and statuses freely. */
export type OpenUnion<Known extends string> =
  | Known
  | (string & Record<never, never>);
