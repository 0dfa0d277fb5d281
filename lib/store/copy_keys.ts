// Copies the data keys of a store that is copied. Nothing opens them on the way.

import { StoreError } from "../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  StoredDataKey,
  WrappedDataKey,
} from "./key_store.ts";

const PAGE = 500;

/** No key of the settings has this id, so that all keys are wrapped by others. */
const NOBODY = "";

/**
 * Copies all living data keys, the names of those that an object had before an erasure,
 * and the notes beside them.
 *
 * What was sealed by a name without a key is known to be gone: a backup of the events
 * from before the erasure starts with the copy, too, and says what nothing opens. Keys
 * that were destroyed with all of their object leave no name there: the log of erasures
 * erases what they sealed before anything is read.
 *
 * @param from The source, which may be in use.
 * @param to The copy.
 * @returns The number of keys.
 * @throws {StoreError} If the copy has other keys of an owner, or one of them cannot be
 *   read or written.
 */
export async function copyKeys(from: KeyStore, to: KeyStore): Promise<number> {
  let count = 0;
  await copyReplaced(from, to);
  // Then the retired ones: of each owner only one is not.
  for await (const page of pagesOf(from)) {
    for (const key of page.filter(({ isRetired }) => isRetired)) {
      count++;
      if (await to.get(key) !== undefined) continue;
      await copy([key], to);
      await to.retire([key.owner]);
    }
  }
  for await (const page of pagesOf(from)) {
    const keys = page.filter(({ isRetired }) => !isRetired);
    count += keys.length;
    await copy(keys, to);
  }
  for (const [name, note] of await from.notes()) await to.addNote(name, note);
  return count;
}

/** Before living keys: where one is, no other of its owner can be made. */
async function copyReplaced(from: KeyStore, to: KeyStore): Promise<void> {
  const names = await from.replaced();
  for (const name of names) {
    if (await to.get(name) !== undefined) continue;
    const noKey = { ...name, wrappedBy: NOBODY, wrapped: new Uint8Array(1) };
    await copy([noKey], to);
    await to.retire([name.owner]);
  }
  // Also those of a copy that was interrupted.
  await to.destroyRetired(names);
}

async function* pagesOf(
  from: KeyStore,
): AsyncGenerator<readonly StoredDataKey[]> {
  for (let after: DataKeyName | null = null;;) {
    const page = await from.wrappedByOthers(NOBODY, { after, limit: PAGE });
    yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)!;
  }
}

async function copy(
  keys: readonly WrappedDataKey[],
  to: KeyStore,
): Promise<void> {
  const kept = await to.obtain(keys);
  if (kept.every(({ id }, i) => id === keys[i]?.id)) return;
  throw new StoreError(
    "Cannot copy the data keys: the place to copy to has others",
    "Copy to a place where there is no store yet",
  );
}
