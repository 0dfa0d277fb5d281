// Copies the data keys of a store that is copied. Nothing opens them on the way.

import { StoreError } from "../errors.ts";
import type { DataKeyName, KeyStore, StoredDataKey } from "./key_store.ts";

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
  // First the retired ones: of each owner only one is not.
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
  keys: readonly StoredDataKey[],
  to: KeyStore,
): Promise<void> {
  const kept = await to.obtain(keys);
  if (kept.every(({ id }, i) => id === keys[i]?.id)) return;
  throw new StoreError(
    "Cannot copy the data keys: the place to copy to has others",
    "Copy to a place where there is no store yet",
  );
}
