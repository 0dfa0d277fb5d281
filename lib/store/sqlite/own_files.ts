// The files that a store or a key store keeps for itself, by name: no other may be there.

import { basename, dirname, join, resolve } from "node:path";
import { auditPath } from "./audit_file.ts";
import { erasureLogPath } from "./erasure_log.ts";

/** What SQLite adds to the name of a database. */
const ENDS = ["", "-wal", "-shm", "-journal"];

/** Returns the paths of a key store, there or not, links resolved. */
export function filesOfKeys(path: string): readonly string[] {
  const place = placeOf(path);
  return ENDS.map((end) => `${place}${end}`);
}

/** Returns the paths of a store without its data keys, there or not, links resolved. */
export function filesOfStore(path: string): readonly string[] {
  const place = placeOf(path);
  const more = [`${place}-lock`, erasureLogPath(place), auditPath(place)];
  return [...filesOfKeys(path), ...more];
}

/** Returns an absolute path by which a file is known, there or not, links resolved. */
export function placeOf(path: string): string {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  return realPath(absolute) ??
    join(realPath(folder) ?? folder, basename(absolute));
}

function realPath(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null; // It is not there yet, or whoever opens it says what is wrong.
  }
}
