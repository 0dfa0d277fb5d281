// Copies the data keys of a store that is copied. Nothing opens them on the way.

import { StoreError } from "../errors.ts";
import type { DataKeyName, KeyStore } from "./key_store.ts";

const PAGE = 500;

/** No key of the settings has this id, so that all keys are wrapped by others. */
const NOBODY = "";

/**
 * Copies all living data keys, and the notes beside them.
 *
 * @param from The source, which may be in use.
 * @param to The copy.
 * @returns The number of keys.
 * @throws {StoreError} If the copy has other keys of an owner, or one of them cannot be
 *   read or written.
 */
export async function copyKeys(from: KeyStore, to: KeyStore): Promise<number> {
  let count = 0;
  for (let after: DataKeyName | null = null;;) {
    const page = await from.wrappedByOthers(NOBODY, { after, limit: PAGE });
    const kept = await to.obtain(page);
    if (kept.some(({ id }, i) => id !== page[i]?.id)) {
      throw new StoreError(
        "Cannot copy the data keys: the place to copy to has others",
        "Copy to a place where there is no store yet",
      );
    }
    count += page.length;
    if (page.length < PAGE) break;
    after = page.at(-1)!;
  }
  for (const [name, note] of await from.notes()) await to.addNote(name, note);
  return count;
}
