// Reads a file with settings, whatever the path leads to: never more than a limit,
// and nothing that could keep the program waiting.

/** The most bytes that a file with settings may have. */
export const SETTINGS_BYTES_MAX = 1 << 20;

/** A file that is there and cannot be used; its message completes "it is" or the like. */
export class UnusableFile extends Error {
  override name = "UnusableFile";
}

/**
 * Reads a file as UTF-8 text, its byte-order mark aside.
 *
 * @param options `bytesMax`: the most bytes that it may have.
 * @throws {UnusableFile} If it is not a regular file, is too large, or not UTF-8.
 * @throws {Deno.errors.NotFound} When it is not there.
 */
export function readSettingsFile(
  path: string,
  { bytesMax = SETTINGS_BYTES_MAX }: { bytesMax?: number } = {},
): string {
  const { isFile, isDirectory, isFifo } = Deno.statSync(path);
  if (!isFile) {
    // Opening a pipe would wait for its writer, reading a device might never end.
    throw new UnusableFile(
      isDirectory
        ? "it is a directory"
        : isFifo
        ? "it is a pipe: write it to a file first"
        : "it is not a regular file",
    );
  }
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(bytesMax + 1);
  let length = 0;
  for (;;) { // Files of /proc say they have no bytes: only reading tells.
    const read = file.readSync(bytes.subarray(length));
    if (!read) break;
    length += read;
  }
  if (length > bytesMax) {
    throw new UnusableFile(`it has more than ${bytesMax} bytes`);
  }
  return textOf(bytes.subarray(0, length));
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe ||
      bytes[0] === 0xfe && bytes[1] === 0xff;
    throw new UnusableFile(
      isUtf16
        ? "it is UTF-16, as PowerShell writes it: save it as UTF-8"
        : "it is not UTF-8 text",
    );
  }
}
