// The check of the store: whole, writable, and with room to grow.

import { join } from "node:path";
import type { StoreHealth } from "../store/store_health.ts";
import { counted } from "../views/counted.ts";
import { bytesText } from "./bytes_text.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const NAME = "store";

/** A log that grew beyond this is not checkpointed as it should be. */
const LOG_BYTES_MAX = 1 << 30;

/** The free bytes that a server needs to keep running for a while. */
const FREE_BYTES_LOW = 1 << 30;
const FREE_BYTES_MIN = 64 << 20;

/** The finding about a store in memory. */
export const IN_MEMORY_STORE: Finding = warning(
  NAME,
  "sqlite::memory: keeps everything in memory only: it is gone when the server ends",
  "Choose a file, as in INBOX_STORE=sqlite:data/inbox.db",
);

/** The finding about a folder in the place of the store. */
export function folderFinding(path: string): Finding {
  return failed(
    NAME,
    `${path} must be a file: it is a folder`,
    `Name a file in it: INBOX_STORE=sqlite:${join(path, "inbox.db")}`,
  );
}

/** Facts about a store that is a file. */
export interface StoreFacts {
  readonly path: string;
  /** Undefined if it is not there. */
  readonly health: StoreHealth | undefined;
  readonly events: number;
  /** True if a server of this user could write it, or create it. */
  readonly isWritable: boolean;
}

/**
 * Checks a store that is a file.
 *
 * @returns A finding for each trouble, or one for all.
 */
export function checkStore(facts: StoreFacts): readonly Finding[] {
  const { path, health, events, isWritable } = facts;
  const troubles = isWritable ? [] : [UNWRITABLE];
  if (health) {
    troubles.push(...troublesOf(health));
    if (troubles.length === 0) troubles.push(well(path, events, health));
  } else {
    troubles.push(warning(
      NAME,
      `${path} is not there yet`,
      "A server makes it when it starts. Is it elsewhere? See INBOX_STORE and --store",
    ));
  }
  return troubles;
}

const UNWRITABLE: Finding = failed(
  NAME,
  "this user cannot write its file or folder",
  "Make both writable for the user that serves, and run this as that user",
);

function well(
  path: string,
  events: number,
  { isSound, isHeld, bytes }: StoreHealth,
): Finding {
  const facts = [
    `${path} has ${counted(events, "event")}`,
    bytesText(bytes),
    isSound === null ? "too large to be checked throughout" : "sound",
    isHeld ? "held by a server" : "held by no server",
  ];
  return ok(NAME, facts.join(", "));
}

function troublesOf(
  { isSound, logBytes, warnings }: StoreHealth,
): readonly Finding[] {
  const troubles = warnings.map(({ message, hint }) =>
    warning(NAME, message, hint)
  );
  if (isSound === false) {
    troubles.push(failed(
      NAME,
      "SQLite's quick_check finds it damaged",
      "Stop the server, keep a copy of the files, and restore a backup; look into the disk, too",
    ));
  }
  if (logBytes > LOG_BYTES_MAX) {
    troubles.push(warning(
      NAME,
      `its log has grown to ${bytesText(logBytes)}`,
      "Does another program keep the store open for reading, or is the disk too slow? End it, or restart the server",
    ));
  }
  return troubles;
}

/**
 * Checks the free space on a disk.
 *
 * @param what The store, or the key store.
 */
export function checkDisk(
  freeBytes: number,
  storeBytes: number,
  what = "store",
): readonly Finding[] {
  const free = `${bytesText(freeBytes)} free on the disk of the ${what}`;
  const hint = `Free space there, or move the ${what} to a larger disk`;
  if (freeBytes < FREE_BYTES_MIN) return [failed("disk", free, hint)];
  if (freeBytes >= Math.max(FREE_BYTES_LOW, storeBytes)) {
    return [ok("disk", free)];
  }
  const summary = `${free}, the ${what} has ${bytesText(storeBytes)}`;
  return [warning("disk", summary, hint)];
}
