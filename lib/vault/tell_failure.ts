// Failures to seal a payload, which then is not stored.

import { FatalStoreError, InboxError } from "../errors.ts";
import type { ClientOptions } from "../store/client_options.ts";
import type { StoreFault } from "../store/store_fault.ts";

/** Returns what to say of an error. */
export function faultOf(error: unknown): StoreFault {
  return error instanceof InboxError
    ? { message: error.message, hint: error.hint }
    : { message: "Cannot seal a payload", hint: "Please report this" };
}

/** Tells those who listen for failures of the store. */
export function tellFailure(
  error: unknown,
  { onFailure, onFatal }: ClientOptions,
): void {
  const fault = faultOf(error);
  if (error instanceof FatalStoreError) onFatal?.(fault);
  else onFailure?.(fault);
}
