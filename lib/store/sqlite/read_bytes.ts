/**
 * Bytes of a file that is open.
 *
 * @module
 */

/**
 * Reads bytes from a place in a file; those beyond its end are 0.
 *
 * @param file The file.
 * @param offset Where they begin.
 * @param length How many.
 * @returns The bytes.
 */
export function readBytes(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = file.readSync(bytes.subarray(at));
    if (count === null) break;
    at += count;
  }
  return bytes;
}
