// The health of a store as seen from outside its server.

import type { StoreFault } from "./store_fault.ts";

/** The health of a store. */
export interface StoreHealth {
  readonly bytes: number;
  /** Bytes in the log that no checkpoint has moved yet. */
  readonly logBytes: number;
  /** True if a process holds it. */
  readonly isHeld: boolean;
  /** Null if it is too large to be checked. */
  readonly isSound: boolean | null;
  /** Other likely troubles. */
  readonly warnings: readonly StoreFault[];
}

/** A process that holds a store, and does for others what only it can. */
export interface StoreHolder {
  /** The URL of its local listener; null if it has none. */
  readonly localUrl: string | null;
}

/** The health of a store in a database that several processes share. */
export interface DatabaseHealth {
  /** False until a server has created it. */
  readonly isThere: boolean;
  readonly serverVersion: string;
  /** True if the server only reads. */
  readonly isStandby: boolean;
  /** The reason why a server could not write there; null if it could, or on a standby. */
  readonly writeFault: StoreFault | null;
  /** True if the connection is encrypted. */
  readonly isEncrypted: boolean;
  readonly bytes: number;
  /** The servers that use it now. */
  readonly instances: number;
  /** For each of them the ids of its keys of the settings; none without keys. */
  readonly keyIds: readonly (readonly string[])[];
  /** Settings, of PostgreSQL or of servers, by which something could be lost. */
  readonly faults: readonly StoreFault[];
}
