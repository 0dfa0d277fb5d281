/**
 * Ids and names that are fit to be kept and passed on.
 *
 * @module
 */

/** An id or a name longer than this is none; Persona's have some 30 characters. */
export const IDENTIFIER_LENGTH_MAX = 255;

/**
 * Tells whether a value is text that a database, a header and a log line can
 * hold as it is: not empty, not too long, no control characters, and no half of
 * a surrogate pair, which two different ids would lose in UTF-8.
 *
 * @param value What stands where an id or a name should.
 * @returns Whether `value` is one; what it says is not looked at.
 */
export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 &&
    value.length <= IDENTIFIER_LENGTH_MAX && value.isWellFormed() &&
    !/\p{Cc}/u.test(value);
}
