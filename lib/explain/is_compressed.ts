/**
 * Tells bytes that were compressed, by how they begin.
 *
 * @module
 */

/** No text in UTF-8 begins so. */
const BEGINNINGS = [
  [0x1f, 0x8b], // gzip
  [0x28, 0xb5, 0x2f, 0xfd], // zstd
  [0x78, 0x9c], // zlib, which HTTP calls deflate
] as const;

/**
 * Tells whether bytes look compressed.
 *
 * @param bytes The bytes.
 * @returns Whether they do; Brotli cannot be told.
 */
export function isCompressed(bytes: Uint8Array): boolean {
  return BEGINNINGS.some((beginning) =>
    beginning.every((byte, at) => bytes[at] === byte)
  );
}
