/**
 * Reads bytes at an offset; those beyond the end of the file are 0.
 *
 * @param offset The offset of the first byte.
 * @param length The number of bytes.
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
