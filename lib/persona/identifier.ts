/** The longest id or name accepted, in UTF-16 units; Persona's have about 30. */
export const IDENTIFIER_LENGTH_MAX = 255;

/**
 * Returns whether a value is text that a database, a header and a log line can
 * hold unchanged: not empty, not too long, without control characters, and without
 * lone surrogates, which would make different ids equal in UTF-8.
 *
 * @param value The value found in place of an id or a name.
 * @returns Whether `value` is one; its meaning is not checked.
 */
export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 &&
    value.length <= IDENTIFIER_LENGTH_MAX && value.isWellFormed() &&
    !/\p{Cc}/u.test(value);
}
