// Compares the files of a store with what its last session left behind. To SQLite a log
// that is missing or damaged is the end of what was written, and one of another file its
// own; it would start, and write over what might be repaired.
//
// The evidence:
//
// - A database that says it is open (see `open_mark.ts`) needs its log, and one that was
//   closed needs none: then there may be only that of its closing, or one with all that
//   came since, where a reader kept it from being moved.
// - The index says how far the log went when its process was killed, and in which round.
//   After a loss of power it may be older, and never newer but for what was written in the
//   last instant: the header of a log is synced before the first frame of its round.
// - A loss of power can leave transactions incomplete, but only those that were not
//   synced: at most one for each connection that writes, and a mark. More of them
//   beyond a broken frame were acknowledged.
//
// Reads only, and without SQLite, which would rebuild the index.

import { StoreError } from "../../errors.ts";
import {
  type DatabaseHeader,
  type LogEnd,
  readDatabaseHeader,
  readIndex,
} from "./file_format.ts";
import { nextSession, type OpenMark, parseMark } from "./open_mark.ts";
import { type LogHeader, type LogScan, scanLog } from "./scan_log.ts";
import { isThere, statOrNull } from "./stat.ts";

/**
 * The connections that write, for deliveries, for attempts, and to move the log, and the
 * mark that the first one may leave at its end.
 */
const UNSYNCED_MAX = 4;

/** More rounds than the time between a copy of a log and its return; salts begin at random. */
const ROUNDS_MAX = 1 << 24;

/** The kinds of loss since the last session of a store. */
export type MisfitKind =
  | "no database"
  | "database cut off"
  | "log missing"
  | "log damaged"
  | "log older"
  | "log foreign";

/** The error of a store that must not be opened as it is. */
export class MisfitError extends StoreError {
  override name = "MisfitError";
  readonly kind: MisfitKind;

  constructor(kind: MisfitKind, fact: string, hint: string) {
    super(fact, hint);
    this.kind = kind;
  }
}

/**
 * Refuses a store that lost something since it was last open. Only for a store that no
 * process holds, and before this one opens it.
 *
 * @param path The database file, links resolved.
 * @throws {MisfitError} If something is missing, damaged or from another store.
 */
export function checkHistory(path: string): void {
  // The log first: a thread of a program that `--watch` has restarted in this process may
  // close it only now, which moves it into the database and then removes it.
  const log = scanLog(`${path}-wal`);
  const database = readDatabaseHeader(path);
  if (database === undefined) return; // SQLite says what it is.
  if (database === null) return checkLeftovers(path);
  const isMarked = database.mark.session !== 0;
  if (isMarked && database.mark.isOpen) checkOpen(path, database.mark, log);
  if (isMarked && !database.mark.isOpen) checkClosed(path, database.mark, log);
  if (log?.header) checkLog(path, log, log.header);
  checkPages(path, database, log);
}

/**
 * Refuses a store whose log is gone while a process holds it, which alone has it then.
 *
 * @param path The database file, links resolved.
 * @throws {MisfitError} If that is so.
 */
export function checkServed(path: string): void {
  const mark = readDatabaseHeader(path)?.mark;
  const isOpen = mark !== undefined && mark.session !== 0 && mark.isOpen;
  if (!isOpen || statOrNull(`${path}-wal`)?.size) return;
  throw lostUnderServer(path);
}

/** Returns the error of a database whose log is gone under the server that has it open. */
export function lostUnderServer(path: string): MisfitError {
  return new MisfitError(
    "log missing",
    `${path}-wal was removed or emptied under the server that holds the store`,
    "End the server in order, as by SIGTERM: what it still has it saves then",
  );
}

/** Refuses the remains of a store whose database is gone. */
function checkLeftovers(path: string): void {
  // Log and index are made only once there is a page in the database, and removed at the
  // end. The lock stays, and is empty until a store was opened.
  const left = ["-wal", "-shm"].map((end) => `${path}${end}`).find(isThere);
  const lock = `${path}-lock`;
  const last = left ?? (statOrNull(lock)?.size ? lock : undefined);
  if (last === undefined) return;
  throw new MisfitError(
    "no database",
    `${path} is missing or empty, and ${last} is still there`,
    `Put the file back, or restore a backup and move ${path}-wal and ${path}-shm away; to begin an empty store, move ${path}-* away`,
  );
}

function checkOpen(path: string, mark: OpenMark, log: LogScan | undefined) {
  const file = `${path}-wal`;
  if (!log) throw lostLog(path, `${file} is missing`);
  if (log.bytes === 0) throw lostLog(path, `${file} is empty`);
  if (!log.header) throw lostLog(path, `${file} is damaged at its beginning`);
  if (log.userVersion === null) return;
  if (parseMark(log.userVersion).session !== mark.session) {
    throw lostLog(path, `${file} is that of another store or time`);
  }
}

function checkClosed(path: string, mark: OpenMark, log: LogScan | undefined) {
  if (!log?.header || log.frames === 0) return;
  if (log.userVersion !== null) {
    const { isOpen, session } = parseMark(log.userVersion);
    if (!isOpen && session === mark.session) return;
    // It never started over, so it has all since then: a reader blocked its checkpoint.
    const isNext = session === nextSession(mark.session);
    if (isNext && log.header.sequence === 0) return;
  }
  throw new MisfitError(
    "log foreign",
    `${path} was closed in order, and ${path}-wal is that of another store or time`,
    `Move ${path}-wal and ${path}-shm away, as after a restored backup; they may be needed with the file they belong to`,
  );
}

function checkLog(path: string, log: LogScan, header: LogHeader): void {
  const index = readIndex(`${path}-shm`);
  if (index && isOlder(header, index)) {
    const fact = `${path}-wal is older than what the last process wrote`;
    throw lostLog(path, fact, "log older");
  }
  const isSameRound = index?.salt === header.salt;
  const lost = isSameRound ? index.frames - log.frames : 0;
  if (lost > 0 || log.transactionsBeyond > UNSYNCED_MAX) {
    const fact = `${path}-wal is damaged after ${log.frames} frames`;
    throw lostLog(path, fact, "log damaged");
  }
}

/**
 * Returns whether a log is of an earlier round than its index. SQLite counts the rounds in
 * the first half of the salt; a round without frames may not have its header yet.
 */
function isOlder(log: LogHeader, index: LogEnd): boolean {
  const [from, to] = [log, index].map(({ salt }) => Number(salt >> 32n));
  const rounds = ((to ?? 0) - (from ?? 0)) >>> 0;
  return index.frames > 0 && rounds > 0 && rounds < ROUNDS_MAX;
}

/** A page must be in the database, or in the log. */
function checkPages(
  path: string,
  { fileBytes, pageBytes, pages }: DatabaseHeader,
  log: LogScan | undefined,
): void {
  const last = log && log.frames > 0 ? log.pageCount : pages;
  for (let page = Math.floor(fileBytes / pageBytes) + 1; page <= last; page++) {
    if (log?.pages.has(page)) continue;
    throw new MisfitError(
      "database cut off",
      `${path} is shorter than it was: page ${page} of ${last} is missing`,
      "Put the whole file back, or restore a backup",
    );
  }
}

function lostLog(
  path: string,
  fact: string,
  kind: MisfitKind = "log missing",
): MisfitError {
  return new MisfitError(
    kind,
    `it was not closed in order, and its log is needed: ${fact}`,
    `Put the log back, or restore a backup. To go on without what is lost: persona-inbox backup --salvage FILE, then move ${path}* away and put FILE in its place`,
  );
}
