// Opening of the vault of a store, and the check that its keys are those of before: a
// wrong one is told before the first delivery is taken.

import type { EncryptionKey } from "../encryption_key.ts";
import { UsageError } from "../errors.ts";
import type { KeyStore } from "../store/key_store.ts";
import { Keyring } from "./keyring.ts";
import { Vault } from "./vault.ts";

/** Begins the names of notes that prove keys of the settings. */
const PROOF_NOTE = "key ";

/** The name of the note that proves the key of an id. */
export function proofName(id: string): string {
  return `${PROOF_NOTE}${id}`;
}

/** Options of {@linkcode openVault}. */
export interface OpenVaultOptions {
  /** Nothing is written, so that a key may wait for its first use. */
  readonly isReading?: boolean;
  /** Called before anything is written. */
  readonly check?: (vault: Vault) => Promise<void>;
}

/**
 * Checks keys against those that were used before.
 *
 * @param keys At least one; the first wraps new data keys.
 * @param store Closed with the vault, or when this throws.
 * @throws {UsageError} If a key is missing or another.
 * @throws {StoreError} If the key store cannot be used.
 */
export async function openVault(
  keys: readonly EncryptionKey[],
  store: KeyStore,
  { isReading = false, check }: OpenVaultOptions = {},
): Promise<Vault> {
  try {
    const keyring = await Keyring.import(keys);
    await checkKeys(keyring, store);
    const vault = new Vault(keyring, store);
    await check?.(vault);
    if (!isReading) {
      const name = proofName(keyring.firstId);
      await store.addNote(name, await keyring.prove());
    }
    return vault;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Refuses to continue without keys where there were some.
 *
 * @throws {UsageError} If something is wrapped by a key.
 */
export async function refuseWithoutKeys(store: KeyStore): Promise<void> {
  const names = [...await store.counts()].map(([id]) => id);
  if (names.length === 0) return;
  throw new UsageError([
    `Cannot open the store: INBOX_ENCRYPTION_KEYS must be set: payloads are sealed by ${
      names.join(", ")
    }`,
  ]);
}

/**
 * Refuses keys that cannot open all that is there.
 *
 * @throws {UsageError} If one is missing or another.
 * @throws {StoreError} If the key store cannot be read.
 */
export async function checkKeys(
  keyring: Keyring,
  store: KeyStore,
): Promise<void> {
  const faults: string[] = [];
  let counts: ReadonlyMap<string, number> | undefined;
  for (const [name, proof] of await store.notes()) {
    if (!name.startsWith(PROOF_NOTE)) continue;
    const id = name.slice(PROOF_NOTE.length);
    if (keyring.has(id)) {
      if (await keyring.isProven(id, proof)) continue;
      faults.push(
        `Cannot use INBOX_ENCRYPTION_KEYS: the key ${id} is not the one of that id that sealed before: set that one again, or give this one another id`,
      );
      continue;
    }
    counts ??= await store.counts();
    const count = counts.get(id) ?? 0;
    if (count === 0) continue;
    faults.push(
      `Cannot use INBOX_ENCRYPTION_KEYS: the key ${id} is missing, and ${count} data keys are wrapped by it: add it after the others`,
    );
  }
  if (faults.length > 0) throw new UsageError(faults);
}
