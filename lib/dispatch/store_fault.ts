import { InboxError } from "../errors.ts";
import type { LogEntry } from "../log.ts";

/** The wait after a failure of the store. */
export const STORE_RETRY_MS = 1_000;

/** Creates the log entry of a failure. */
export function storeFaultEntry(error: unknown): LogEntry {
  const isKnown = error instanceof InboxError;
  return {
    msg: "store failed",
    fault: isKnown ? error.message : "Cannot read the store",
    hint: isKnown ? error.hint : "Please report this",
  };
}
