import {
  createEncryptionKey,
  type EncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";

/** A fresh key of the settings. */
export function encryptionKey(id: string): EncryptionKey {
  const parsed = parseEncryptionKeys(createEncryptionKey(id));
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.keys[0]!;
}
