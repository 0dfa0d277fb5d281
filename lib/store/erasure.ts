/**
 * Erasure of payloads, part of the contract of every store: see `store.ts`.
 *
 * - **For good.** Bodies, answers of destinations and links are gone from all files of
 *   the store. What stays is a tombstone: ids, names, times, statuses, and a keyed hash
 *   of the body, so that a duplicate stays a duplicate.
 * - **Finished.** What was begun is finished by the next start, whatever happened.
 * - **Remembered.** A restored backup of a file erases again what was erased since,
 *   before anything of it can be read.
 *
 * @module
 */

import { createHmac } from "node:crypto";

/** What to erase. */
export interface Erasure {
  readonly objectIds: readonly string[];
  /** Events of the objects that arrived later stay. */
  readonly throughSeq: number;
  readonly erasedAtMs: number;
  /** Links of the objects; only these are removed. */
  readonly links: readonly (readonly [token: string, objectId: string])[];
}

/** What was erased of one object, as it is remembered beside the store. */
export interface ErasedObject {
  /** A keyed hash of the object's id. */
  readonly object: string;
  readonly throughSeq: number;
  readonly erasedAtMs: number;
}

/** Returns what stays of a body, for a secret of the store. */
export function bodyMac(
  key: Uint8Array,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const hmac = createHmac("sha256", key).update("body\0").update(body);
  return new Uint8Array(hmac.digest());
}
