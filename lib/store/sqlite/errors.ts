// Descriptions of SQLite errors, with hints. SQLite's own messages name tables and causes
// but never values.

import { FatalStoreError, InboxError, StoreError } from "../../errors.ts";
import { describeSystemError, findDiskFault } from "./system_fault.ts";
import type { ClientOptions } from "../client_options.ts";
import type { StoreFault } from "../store_fault.ts";

/** By SQLite's messages, as node:sqlite gives a code to some errors only. */
const HINTS: readonly (readonly [words: string, hint: string])[] = [
  ["is locked", "Another program holds a lock on the store: end it"],
  ["readonly", "Make the store's file and folder writable for this user"],
  [
    "I/O error",
    "Check the disk and the system's log: reading or writing failed",
  ],
  [
    "malformed",
    "A disk that failed to read looks the same: restore a backup only if doctor finds the store damaged",
  ],
  ["is full", "Free space on its disk"],
  ["unable to open", "Make the store's folder writable for this user"],
  [
    "not a database",
    "Choose another file with --store: this one is not a store",
  ],
];

/** Returns whether another connection holds the lock. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes("is locked");
}

/**
 * Returns whether a single value that was to be written is the cause, so that others
 * can still be written.
 */
export function isFaultOfValue(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return error instanceof Error &&
    /cannot store|constraint failed|datatype mismatch|too big/.test(
      error.message,
    );
}

/** Returns whether the disk failed to read, which says nothing of what is on it. */
export function isReadFault(error: unknown): boolean {
  return error instanceof Error && "errcode" in error &&
    Number(error.errcode) === 266; // IOERR_READ, see sqlite.org/rescode.html.
}

/** Returns whether this user lacks a right to the store's files or folder. */
export function isForbidden(error: unknown): boolean {
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return error instanceof Error &&
    /readonly|unable to open/.test(error.message);
}

/** SQLite's messages with more than one cause, which the system distinguishes. */
const AMBIGUOUS = /readonly|I\/O error|unable to open/;

/**
 * Describes a failure of the store.
 *
 * @param path The database file, to look for the cause on its disk.
 */
export function describeFault(error: unknown, path?: string): StoreFault {
  if (error instanceof InboxError) {
    return { message: error.message, hint: error.hint };
  }
  if (error instanceof Error && "code" in error) {
    const { message, code } = error;
    if (code === "ERR_SQLITE_ERROR") {
      const fault = path !== undefined && AMBIGUOUS.test(message)
        ? findDiskFault(path)
        : undefined;
      if (fault) return fault;
      const hint = HINTS.find(([words]) => message.includes(words))?.[1] ??
        "See sqlite.org/rescode.html";
      return { message: `SQLite says ${message}`, hint };
    }
  }
  return describeSystemError(error) ?? {
    message: error instanceof Error ? error.name : "unknown failure",
    hint: "This is a bug in persona-inbox: please report it",
  };
}

/** Wraps an error of opening a store. */
export function cannotOpen(path: string, error: unknown): StoreError {
  const { message, hint } = describeFault(error, path);
  return new StoreError(`Cannot open store at ${path}: ${message}`, hint, {
    cause: error,
  });
}

/**
 * Creates a function that reports the errors of a client of a store.
 *
 * @param options Listeners; a fatal error is reported only once.
 * @param path The database file, if there is one.
 */
export function reporter(
  { onFailure, onFatal }: ClientOptions,
  path?: string,
): (error: unknown) => void {
  let isFatal = false;
  return (error) => {
    const fault = describeFault(error, path);
    if (!(error instanceof FatalStoreError)) onFailure?.(fault);
    else if (!isFatal) onFatal?.(fault);
    isFatal ||= error instanceof FatalStoreError;
  };
}

/** Runs a query; rejects with a {@linkcode StoreError} instead of SQLite's own error. */
export function readFrom<Result>(query: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    try {
      resolve(query());
    } catch (error) {
      const { message, hint } = describeFault(error);
      reject(new StoreError(`Cannot read the store: ${message}`, hint));
    }
  });
}
