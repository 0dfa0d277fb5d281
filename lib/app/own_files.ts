// Refuses settings and arguments that name a file which a store keeps for itself: it would
// be overwritten, or taken for what it is not.

import type { Config } from "../config/settings.ts";
import { InboxError, UsageError } from "../errors.ts";
import {
  filesOfKeys,
  filesOfStore,
  keyStoreBeside,
  locateStore,
  placeOf,
} from "../store/open_store.ts";

type Places = Pick<Config, "storeUrl" | "keyStoreUrl">;

/**
 * Refuses a key store in a file of the store.
 *
 * @throws {UsageError} If it is there.
 */
export function checkKeysApart({ storeUrl, keyStoreUrl }: Places): void {
  if (keyStoreUrl === null) return;
  const own = filesOf(storeUrl, filesOfStore);
  const shared = filesOf(keyStoreUrl, filesOfKeys)
    .find((path) => own.includes(path));
  if (shared === undefined) return;
  throw new UsageError([
    `INBOX_KEY_STORE is ${
      locateStore(keyStoreUrl).shown
    }, which would share ${shared} with the store: name another file, as in sqlite:data/inbox.keys.db`,
  ]);
}

/**
 * Refuses to write a copy to a file of the store, or of its data keys.
 *
 * @throws {InboxError} If it is one.
 */
export function checkNotOwn(file: string, { storeUrl, keyStoreUrl }: Places) {
  const keysUrl = keyStoreUrl ?? keyStoreBeside(storeUrl);
  const own = [
    ...filesOf(storeUrl, filesOfStore),
    ...filesOf(keysUrl, filesOfKeys),
  ];
  if (!own.includes(placeOf(file))) return;
  throw new InboxError(
    `Cannot back up to ${file}: the store keeps a file of that name`,
    "Choose a name that is not taken",
  );
}

/** Returns the file of data keys that need a disk of their own; null if there is none. */
export function keysElsewhere(
  { encryptionKeys, keyStoreUrl }: Pick<
    Config,
    "encryptionKeys" | "keyStoreUrl"
  >,
): string | null {
  if (encryptionKeys.length === 0 || keyStoreUrl === null) return null;
  return locateStore(keyStoreUrl).file;
}

/** Returns a file that two stores, with the data keys beside them, would share. */
export function sharedFile(oneUrl: string, otherUrl: string): string | null {
  const [own = [], others = []] = [oneUrl, otherUrl].map((url) => [
    ...filesOf(url, filesOfStore),
    ...filesOf(keyStoreBeside(url), filesOfKeys),
  ]);
  return own.find((path) => others.includes(path)) ?? null;
}

/** Returns no files of what is in a database, or in memory. */
function filesOf(
  url: string,
  list: (path: string) => readonly string[],
): readonly string[] {
  const { file } = locateStore(url);
  return file === null ? [] : list(file);
}
