/**
 * A store as others than its server see it.
 *
 * @module
 */

/** The state of a store as a look from outside finds it. */
export interface StoreHealth {
  readonly bytes: number;
  /** Bytes that are durable but not yet where they belong. */
  readonly logBytes: number;
  /** Whether a process has it to itself. */
  readonly isHeld: boolean;
  /** Null when it is too large to be looked through. */
  readonly isSound: boolean | null;
}

/** A process that has a store to itself, and does for others what only it can. */
export interface StoreHolder {
  /** The URL of its local listener; null when it has none. */
  readonly localUrl: string | null;
}
