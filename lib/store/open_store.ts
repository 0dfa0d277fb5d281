// Opening of stores by the scheme of their URL; the only file that names adapters.

import { StoreError } from "../errors.ts";
import { checkAtRest } from "./sqlite/check_at_rest.ts";
import {
  type Backup,
  type BackupOptions,
  backUpSqlite,
} from "./sqlite/backup.ts";
import { openSqliteStore } from "./sqlite/open.ts";
import { openSqliteContents } from "./sqlite/contents.ts";
import { openSqliteCopy } from "./sqlite/copy.ts";
import { openSqliteOutboxes } from "./sqlite/outbox.ts";
import { findSqliteHolder, readSqliteHealth } from "./sqlite/health.ts";
import { openSqliteReader } from "./sqlite/reader.ts";
import type { EventReader } from "./event_reader.ts";
import type { Outboxes, OutboxesOptions } from "./outbox.ts";
import type { Store, StoreOptions, StoreTicket } from "./store.ts";
import type { StoreContents, StoreCopy } from "./store_copy.ts";
import type { StoreHealth, StoreHolder } from "./store_health.ts";

export type { Backup };
export { engineVersion, losesCommits } from "./sqlite/engine.ts";

const MEMORY = ":memory:";

/**
 * Opens a store for receiving, and creates it if needed.
 *
 * @param url Such as `sqlite:data/inbox.db`, or `sqlite::memory:`.
 * @param options Limits and listeners.
 * @throws {StoreError} If it cannot be opened, or another process holds it.
 */
export function openStore(url: string, options: StoreOptions): Promise<Store> {
  return openSqliteStore(pathOf(url), options);
}

/**
 * Opens the dispatching side of an open store, in another thread.
 *
 * @param ticket From {@linkcode Store.ticket}.
 * @param options Listeners for commits and failures.
 * @throws {StoreError} When they cannot be opened.
 */
export function openOutboxes(
  { url, shared }: StoreTicket,
  options: OutboxesOptions = {},
): Outboxes {
  return openSqliteOutboxes(pathOf(url), shared, options);
}

/**
 * Opens a store for reading, whichever process holds it.
 *
 * @param url As for {@linkcode openStore}.
 * @throws {StoreError} If there is no such store, or this version cannot read it.
 */
export function openReader(url: string): EventReader {
  const path = pathOf(url);
  if (path !== MEMORY) {
    checkAtRest(path);
    return openSqliteReader(path);
  }
  throw new StoreError(
    "Cannot look into the store: it is in the memory of its server",
    "Name the store of a server that has a file, as in --store sqlite:data/inbox.db",
  );
}

/**
 * Inspects a store without changing it.
 *
 * @param url As for {@linkcode openStore}.
 * @returns Its health; undefined if it does not exist.
 * @throws {StoreError} When this version cannot read it.
 */
export function inspectStore(url: string): StoreHealth | undefined {
  return readSqliteHealth(pathOf(url));
}

/**
 * Finds the process that holds a store.
 *
 * @param url As for {@linkcode openStore}.
 * @returns The process; undefined if none does, or several can share the store.
 * @throws {StoreError} When this version cannot read the store.
 */
export function findHolder(url: string): StoreHolder | undefined {
  const path = pathOf(url);
  return path === MEMORY ? undefined : findSqliteHolder(path);
}

/**
 * Copies a store to a new file, even while a server uses it.
 *
 * @param url As for {@linkcode openStore}.
 * @param file The path of the copy.
 * @param options Whether to copy a store that lost data.
 * @throws {StoreError} If there is nothing to copy, or no copy could be made.
 */
export function backUpStore(
  url: string,
  file: string,
  options: BackupOptions = {},
): Promise<Backup> {
  const path = pathOf(url);
  if (path !== MEMORY) return backUpSqlite(path, file, options);
  throw new StoreError(
    "Cannot back up sqlite::memory:: only its server can see it",
    "Name the store of the server, as in --store sqlite:data/inbox.db",
  );
}

/**
 * Opens all that is in a store, to copy it, whichever process holds it.
 *
 * @param url As for {@linkcode openStore}.
 * @returns The contents.
 * @throws {StoreError} If there is no such store, or this version cannot read it.
 */
export function openContents(url: string): StoreContents {
  return openSqliteContents(pathToCopy(url));
}

/**
 * Creates a store as a copy, or opens one that is not finished.
 *
 * @param url As for {@linkcode openStore}.
 * @returns The copy.
 * @throws {StoreError} If there is a store with events already, or it cannot be opened.
 */
export function openCopy(url: string): Promise<StoreCopy> {
  return openSqliteCopy(pathToCopy(url));
}

function pathToCopy(url: string): string {
  const path = pathOf(url);
  if (path !== MEMORY) return path;
  throw new StoreError(
    "Cannot copy sqlite::memory:: it is in the memory of its server",
    "Name stores with a place of their own, as in --from sqlite:data/inbox.db",
  );
}

/** The location of a store's data. */
export interface StoreLocation {
  /** The file on this machine; null if there is none. */
  readonly file: string | null;
  /** True if it outlives the process. */
  readonly isKept: boolean;
}

/**
 * Returns the location of a store's data, without opening it.
 *
 * @param url As for {@linkcode openStore}.
 * @throws {StoreError} If no adapter has such URLs.
 */
export function locateStore(url: string): StoreLocation {
  const path = pathOf(url);
  const isKept = path !== MEMORY;
  return { file: isKept ? path : null, isKept };
}

function pathOf(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined) return path;
  throw new StoreError(
    "Cannot open the store as its URL must begin with sqlite:",
    "Set INBOX_STORE or --store, as in sqlite:data/inbox.db",
  );
}
