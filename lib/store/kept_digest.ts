// The digest of a sealed body that is erased and has no row any more. It is where other
// erased events have the MAC of their body, in `body_mac`, after a zero byte.

/** The size of a MAC, which no digest with that byte has. */
const MAC_BYTES = 32;

/** Returns what is kept of a digest. */
export function keptDigest(digest: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, ...digest);
}

/** Returns the digest that is kept in `body_mac`; null if the body was not sealed. */
export function keptDigestOf(mac: unknown): Uint8Array<ArrayBuffer> | null {
  return mac instanceof Uint8Array && mac.length !== MAC_BYTES
    ? new Uint8Array(mac.subarray(1))
    : null;
}
