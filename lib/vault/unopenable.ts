// What an older copy of a store has of objects that were erased since, and went on: the
// store itself has it sealed anew, and the key of the copy is destroyed.

import type { EventReader } from "../store/event_reader.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { SealedReader } from "./sealed_reader.ts";
import type { Vault } from "./vault.ts";

/** Objects, and events, that are looked at together. */
const OBJECTS_MAX = 500;
const EVENTS_MAX = 500;

/**
 * Looks for events whose data key an erasure destroyed, though they are not erased.
 *
 * @param reader Of the store itself, which hands out what is stored as it is.
 * @returns What to say of them; undefined if there are none.
 * @throws {StoreError} If the store or the key store cannot be read.
 */
export async function findUnopenable(
  reader: EventReader,
  vault: Vault,
  signal?: AbortSignal,
): Promise<StoreFault | undefined> {
  const sealed = new SealedReader(reader, vault);
  const owners = new Set((await vault.replaced()).map(({ owner }) => owner));
  const all = [...owners];
  let count = 0;
  let first: string | undefined;
  for (let i = 0; i < all.length; i += OBJECTS_MAX) {
    const objectIds = all.slice(i, i + OBJECTS_MAX);
    const query = { objectIds, isErased: false, limit: EVENTS_MAX };
    for (let beforeSeq = Number.MAX_SAFE_INTEGER;;) {
      const rows = await reader.list({ ...query, beforeSeq });
      const last = rows.at(-1);
      if (!last || signal?.aborted) break;
      beforeSeq = last.seq;
      for (const { id } of rows) {
        const stored = await sealed.get(id);
        if (stored?.unreadable !== "key-destroyed") continue;
        count++;
        first ??= id;
      }
    }
  }
  return first === undefined ? undefined : unopenable(count, first);
}

function unopenable(count: number, first: string): StoreFault {
  const others = count === 1 ? "" : ` and ${count - 1} others`;
  return {
    message:
      `${first}${others} cannot be read: this copy of the store is older than an erasure of their objects, which destroyed the data keys that sealed them`,
    hint:
      "A copy of the data keys from the day of this copy opens them, and nothing else does",
  };
}
