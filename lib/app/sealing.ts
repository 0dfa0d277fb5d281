// Which keys seal the payloads of a store, and where their data keys are.

import { checkKeysApart } from "./own_files.ts";
import type { EncryptionKey } from "../encryption_key.ts";
import type { Config } from "../config/settings.ts";
import { keyStoreBeside } from "../store/open_store.ts";

/** The keys of a store's payloads, and where the data keys are. */
export interface Sealing {
  readonly keys: readonly EncryptionKey[];
  readonly keyStoreUrl: string;
}

/** The settings of sealing. */
export type SealingConfig = Pick<
  Config,
  "storeUrl" | "encryptionKeys" | "keyStoreUrl"
>;

/** Returns how payloads are sealed; null if they are not. */
export function sealingOf(config: SealingConfig): Sealing | null {
  const { encryptionKeys: keys } = config;
  if (keys.length === 0) return null;
  return { keys, keyStoreUrl: keyStoreUrlOf(config) };
}

/** Returns the URL of the key store. */
export function keyStoreUrlOf(
  { storeUrl, keyStoreUrl }: Pick<SealingConfig, "storeUrl" | "keyStoreUrl">,
): string {
  checkKeysApart({ storeUrl, keyStoreUrl });
  return keyStoreUrl ?? keyStoreBeside(storeUrl);
}
