/**
 * Errors that reach a person. Each says what is wrong and how to fix it; none
 * carries a payload value or a secret.
 *
 * @module
 */

import { escapeInLine } from "./escape.ts";

/** An error whose `hint` tells how to fix it. */
export class InboxError extends Error {
  override name = "InboxError";
  /** The remedy. */
  readonly hint: string;

  /**
   * @param message The fault, as "Cannot X as Y must be …".
   * @param hint The remedy.
   * @param options The usual `cause`.
   */
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** Wrong usage or settings: every fault found, each with what to do. Exit 2. */
export class UsageError extends InboxError {
  override name = "UsageError";
  /** One sentence a fault. */
  readonly faults: readonly string[];

  /** @param faults One sentence a fault, at least one; each becomes one line. */
  constructor(faults: readonly string[]) {
    const lines = faults.map(escapeInLine);
    super(lines.join("\n"), "Correct each of these, then start again");
    this.faults = lines;
  }
}

/** The store cannot be opened or used. Exit 1. */
export class StoreError extends InboxError {
  override name = "StoreError";
}

/**
 * The store cannot be trusted until it is opened again, as after a failed sync. The
 * process must end without closing it. Exit 1.
 */
export class FatalStoreError extends StoreError {
  override name = "FatalStoreError";
}
