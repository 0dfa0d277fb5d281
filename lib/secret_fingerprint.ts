// Fingerprints that identify secrets without revealing them.

import { encodeHex } from "@std/encoding/hex";

/**
 * Returns the fingerprint of a secret: enough to tell secrets apart, too short to
 * recover one.
 *
 * @returns The first 8 hex digits of its SHA-256.
 */
export async function secretFingerprint(secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(secret);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return encodeHex(digest).slice(0, 8);
}
