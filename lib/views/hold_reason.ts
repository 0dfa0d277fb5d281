/** The longest reason, in UTF-16 units. */
const REASON_LENGTH_MAX = 500;

/** Completes "must be". */
export const REASON_KIND =
  `a line of 1 to ${REASON_LENGTH_MAX} characters, without control characters`;

/** Returns whether a value can be kept as the reason of a hold. */
export function isReason(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" &&
    value.length <= REASON_LENGTH_MAX && value.isWellFormed() &&
    !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value);
}
