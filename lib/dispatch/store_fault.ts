/**
 * Failures to read the store, for whoever dispatches from it.
 *
 * @module
 */

import { InboxError } from "../errors.ts";
import type { LogEntry } from "../log.ts";

/** How long to wait when the store fails. */
export const STORE_RETRY_MS = 1_000;

/**
 * Makes the log entry of a failure.
 *
 * @param error What was thrown.
 * @returns The entry.
 */
export function storeFaultEntry(error: unknown): LogEntry {
  const isKnown = error instanceof InboxError;
  return {
    msg: "store failed",
    fault: isKnown ? error.message : "Cannot read the store",
    hint: isKnown ? error.hint : "Please report this",
  };
}
