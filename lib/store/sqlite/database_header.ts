// The beginning of a SQLite database, read without SQLite: so it tells how the file
// is by itself, whatever there is in the log (https://sqlite.org/fileformat.html).

import { readBytes } from "./read_bytes.ts";
import { type OpenMark, parseMark } from "./open_mark.ts";
import { APPLICATION_ID } from "./schema.ts";

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";

/** What a database says of itself. */
export interface DatabaseHeader {
  readonly fileBytes: number;
  readonly pageBytes: number;
  /** How many pages it has; the log may have more. */
  readonly pages: number;
  readonly mark: OpenMark;
}

/**
 * Reads the header of a store's database. To close the file again drops the locks that
 * SQLite holds on it anywhere in this process (POSIX): only before it is opened.
 *
 * @returns The header, `null` if there is no file or an empty one, `undefined` if it is
 *   not a store.
 */
export function readDatabaseHeader(
  path: string,
): DatabaseHeader | null | undefined {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  using _file = file;
  const { size } = file.statSync();
  if (size === 0) return null;
  const bytes = readBytes(file, 0, HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || view.getUint32(68) !== APPLICATION_ID) {
    return undefined;
  }
  const pageSize = view.getUint16(16);
  return {
    fileBytes: size,
    pageBytes: pageSize === 1 ? 65_536 : pageSize,
    pages: view.getUint32(28),
    mark: parseMark(view.getUint32(60)),
  };
}
