import { unreadableReason } from "../config/settings_files.ts";
import { InboxError } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * Reads the file that a flag names.
 *
 * @param path Its path; `-` is standard input.
 * @throws {InboxError} If it cannot be read.
 */
export async function readInputFile(
  path: string,
  io: Pick<Io, "readFile" | "readInput">,
): Promise<Uint8Array> {
  try {
    return await (path === "-" ? io.readInput() : io.readFile(path));
  } catch (error) {
    const name = path === "-" ? "standard input" : path;
    throw new InboxError(
      `Cannot read ${name}: ${unreadableReason(error)}`,
      "Check the path and its permissions",
      { cause: error },
    );
  }
}
