// Failures to seal a payload, which then is not stored.

import { FatalStoreError, InboxError } from "../errors.ts";
import type { ClientOptions } from "../store/store.ts";

/** Tells those who listen for failures of the store. */
export function tellFailure(
  error: unknown,
  { onFailure, onFatal }: ClientOptions,
): void {
  const fault = error instanceof InboxError
    ? { message: error.message, hint: error.hint }
    : { message: "Cannot seal a payload", hint: "Please report this" };
  if (error instanceof FatalStoreError) onFatal?.(fault);
  else onFailure?.(fault);
}
