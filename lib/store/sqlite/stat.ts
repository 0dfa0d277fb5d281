// Files that may be missing.

/** Returns what the system knows of a file; null if there is none. */
export function statOrNull(path: string): Deno.FileInfo | null {
  return orNull(() => Deno.statSync(path));
}

/** Returns whether a name is taken, be it by a link that leads nowhere. */
export function isThere(path: string): boolean {
  return orNull(() => Deno.lstatSync(path)) !== null;
}

/**
 * Opens a file for reading. To close one drops the locks that SQLite holds on it
 * anywhere in this process (POSIX): only before it is opened there.
 *
 * @returns The file; null if there is none.
 */
export function openOrNull(path: string): Deno.FsFile | null {
  return orNull(() => Deno.openSync(path, { read: true }));
}

/**
 * Creates an empty file that only this user can read, as personal data goes into it.
 * SQLite gives the files beside a database the mode of the database.
 */
export function createPrivate(path: string): boolean {
  try {
    const options = { write: true, createNew: true, mode: 0o600 };
    Deno.openSync(path, options).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function orNull<Result>(look: () => Result): Result | null {
  try {
    return look();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Returns whether an error says that there is no such file, or not even its folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}
