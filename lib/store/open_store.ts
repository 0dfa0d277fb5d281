// Opening of stores by the scheme of their URL; the only file that names adapters.

import { StoreError } from "../errors.ts";
import type { AuditTrail } from "./audit.ts";
import { MemoryAudit } from "./memory_audit.ts";
import { AuditFile, auditPath } from "./sqlite/audit_file.ts";
import { checkAtRest } from "./sqlite/check_at_rest.ts";
import { checkServedKeys } from "./sqlite/check_served_keys.ts";
import { checkErasures } from "./sqlite/check_erasures.ts";
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
import { backUpSqliteKeys, type KeyBackup } from "./sqlite/backup_keys.ts";
import { cannotOpenKeys, SqliteKeyStore } from "./sqlite/key_store.ts";
import { openSqliteReader } from "./sqlite/reader.ts";
import { isMissing } from "./sqlite/stat.ts";
import type { CopiedLog } from "./erasure.ts";
import { ErasureLog } from "./sqlite/erasure_log.ts";
import type { KeyStore } from "./key_store.ts";
import type { EventReader } from "./event_reader.ts";
import type { Outboxes, OutboxesOptions } from "./outbox.ts";
import {
  openPostgresOutboxes,
  openPostgresReader,
} from "./postgres/open_clients.ts";
import { PostgresAudit } from "./postgres/audit.ts";
import { hasPostgresKeyStore, PostgresKeyStore } from "./postgres/key_store.ts";
import { openPostgresContents } from "./postgres/contents.ts";
import { openPostgresCopy } from "./postgres/copy.ts";
import { erasureLogPlace, PostgresErasureLog } from "./postgres/erasure_log.ts";
import { openPostgresStore } from "./postgres/open.ts";
import { readPostgresHealth } from "./postgres/health.ts";
import {
  isPostgresUrl,
  type PostgresUrl,
  readPostgresUrl,
  withoutPassword,
  withSchema,
} from "./postgres_url.ts";
import type { Store, StoreOptions, StoreTicket } from "./store.ts";
import type { StoreContents, StoreCopy } from "./store_copy.ts";
import type {
  DatabaseHealth,
  StoreHealth,
  StoreHolder,
} from "./store_health.ts";

export type { Backup };
export { filesOfKeys, filesOfStore, placeOf } from "./sqlite/own_files.ts";
export { engineVersion, losesCommits } from "./sqlite/engine.ts";

const MEMORY = ":memory:";

/**
 * Opens a store for receiving, and creates it if needed.
 *
 * @param options Limits and listeners.
 * @throws {StoreError} If it cannot be opened, or another process holds it.
 */
export function openStore(url: string, options: StoreOptions): Promise<Store> {
  const place = postgresPlace(url);
  const keyPlace = keyPlaceOf(options.keyStoreUrl ?? null);
  return place
    ? openPostgresStore(url, place, { ...options, keyPlace })
    : openSqliteStore(pathOf(url), options);
}

/**
 * Opens the dispatching side of an open store, in another thread.
 *
 * @param ticket From {@linkcode Store.ticket}.
 * @param options Listeners for commits and failures.
 * @throws {StoreError} If they cannot be opened.
 */
export function openOutboxes(
  { url, shared }: StoreTicket,
  options: OutboxesOptions = {},
): Outboxes {
  const place = postgresPlace(url);
  return place
    ? openPostgresOutboxes(place, options)
    : openSqliteOutboxes(pathOf(url), shared, options);
}

/**
 * Opens the audit trail of a store, whichever process holds that.
 *
 * @param url As for {@linkcode openStore}.
 */
export function openAudit(url: string): AuditTrail {
  const place = postgresPlace(url);
  if (place) return new PostgresAudit(place, withoutPassword(url));
  const path = pathOf(url);
  if (path === MEMORY) return new MemoryAudit();
  return new AuditFile(auditPath(path), { storePath: path });
}

/**
 * Opens a store for reading, even while a server uses it.
 *
 * @param url As for {@linkcode openStore}.
 * @param keyStoreUrl The URL of its data keys, unless they are beside it.
 * @throws {StoreError} If there is no such store, or this version cannot read it.
 */
export function openReader(
  url: string,
  keyStoreUrl: string | null = null,
): EventReader {
  const place = postgresPlace(url);
  if (place) {
    const logPlace = erasureLogPlace(place, keyPlaceOf(keyStoreUrl));
    return openPostgresReader(place, { logPlace });
  }
  const path = pathOf(url);
  if (path !== MEMORY) {
    const isServed = checkAtRest(path);
    if (!isServed) checkErasures(path, { isServed });
    return openSqliteReader(path);
  }
  throw new StoreError(
    "Cannot read the store: it is in the memory of its server",
    "Name the store of a server that has a file, as in --store sqlite:data/inbox.db",
  );
}

/**
 * Inspects a store without changing it.
 *
 * @param url As for {@linkcode openStore}.
 * @returns Its health; undefined if it does not exist.
 * @throws {StoreError} If this version cannot read it.
 */
export function inspectStore(url: string): StoreHealth | undefined {
  return readSqliteHealth(pathOf(url));
}

/**
 * Inspects a store in a database without changing it.
 *
 * @param url As for {@linkcode openStore}.
 * @param keyStoreUrl The URL of its data keys, unless they are beside it.
 * @returns Its health; undefined if the URL names no database.
 * @throws {StoreError} When it cannot be reached, or this version cannot read it.
 */
export async function inspectDatabase(
  url: string,
  keyStoreUrl: string | null = null,
): Promise<DatabaseHealth | undefined> {
  const place = postgresPlace(url);
  if (!place) return undefined;
  const logPlace = erasureLogPlace(place, keyPlaceOf(keyStoreUrl));
  return await readPostgresHealth(url, { place, logPlace });
}

/**
 * Finds the process that holds a store.
 *
 * @param url As for {@linkcode openStore}.
 * @returns The process; undefined if none does, or several can share the store.
 * @throws {StoreError} If this version cannot read the store.
 */
export function findHolder(url: string): StoreHolder | undefined {
  const path = postgresPlace(url) ? MEMORY : pathOf(url);
  return path === MEMORY ? undefined : findSqliteHolder(path);
}

/**
 * Copies a store to a new file, even while a server uses it.
 *
 * @param url As for {@linkcode openStore}.
 * @param file The path of the copy.
 * @param options `isSalvage` copies what is left of a store that lost data.
 * @throws {StoreError} If there is nothing to copy, or no copy could be made.
 */
export function backUpStore(
  url: string,
  file: string,
  options: BackupOptions = {},
): Promise<Backup> {
  if (postgresPlace(url)) {
    throw new StoreError(
      "Cannot back up a PostgreSQL store to a file of SQLite",
      "Use pg_dump, or the archive of your database service",
    );
  }
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
export async function openContents(url: string): Promise<StoreContents> {
  const place = postgresPlace(url);
  return place
    ? await openPostgresContents(url, place)
    : openSqliteContents(pathToCopy(url));
}

/**
 * Creates a store as a copy, or opens one that is not finished.
 *
 * @param url As for {@linkcode openStore}.
 * @returns The copy.
 * @throws {StoreError} If there is a store with events already, or it cannot be opened.
 */
export function openCopy(url: string): Promise<StoreCopy> {
  const place = postgresPlace(url);
  return place ? openPostgresCopy(url, place) : openSqliteCopy(pathToCopy(url));
}

function pathToCopy(url: string): string {
  const path = pathOf(url);
  if (path !== MEMORY) return path;
  throw new StoreError(
    "Cannot copy sqlite::memory:: it is in the memory of its server",
    "Name stores with a place of their own, as in --from sqlite:data/inbox.db",
  );
}

/**
 * Returns the URL of a store's data keys, unless another one is set.
 *
 * @param url As for {@linkcode openStore}.
 */
export function keyStoreBeside(url: string): string {
  const place = postgresPlace(url);
  if (place) return withSchema(url, `${place.schema}_keys`);
  const path = pathOf(url);
  if (path === MEMORY) return url;
  return `sqlite:${path.replace(/\.(?:db|sqlite3?)$/, "")}.keys.db`;
}

/**
 * Opens the log of erasures of a store, to copy it.
 *
 * @param url As for {@linkcode openStore}.
 * @param keyStoreUrl The URL of its data keys, unless they are beside it.
 * @throws {StoreError} If it is damaged.
 */
export function openErasureLog(
  url: string,
  keyStoreUrl: string | null,
): CopiedLog {
  const place = postgresPlace(url);
  if (place) {
    const logPlace = erasureLogPlace(place, keyPlaceOf(keyStoreUrl));
    return new PostgresErasureLog(logPlace);
  }
  const log = new ErasureLog(Deno.realPathSync(pathToCopy(url)));
  return {
    find: () => Promise.resolve(log),
    whole: () => Promise.resolve(log.whole),
    replace: (whole) => Promise.resolve(log.replace(whole)),
    close: () => Promise.resolve(),
  };
}

/**
 * Returns whether there is a key store.
 *
 * @param url As for {@linkcode openKeyStore}.
 */
export async function hasKeyStore(url: string): Promise<boolean> {
  const place = postgresPlace(url);
  if (place) return await hasPostgresKeyStore(place);
  const path = pathOf(url);
  if (path === MEMORY) return false;
  try {
    return (await Deno.stat(path)).size > 0;
  } catch (error) {
    if (isMissing(error)) return false;
    throw cannotOpenKeys(path, error);
  }
}

/**
 * Opens a key store, and creates it if needed.
 *
 * @param url Such as `sqlite:data/inbox.keys.db`.
 * @param options `isWatched` checks its files whenever they are used, for a server: in a
 *   thread that outlives all other connections of the process to it.
 * @throws {StoreError} When it cannot be opened.
 */
export function openKeyStore(
  url: string,
  { isWatched = false } = {},
): KeyStore {
  const place = postgresPlace(url);
  return place
    ? new PostgresKeyStore(place)
    : new SqliteKeyStore(pathOf(url), { isWatched });
}

/**
 * Opens a key store beside the server that may use it.
 *
 * @param url As for {@linkcode openKeyStore}.
 * @param storeUrl The URL of its store.
 * @throws {StoreError} When it cannot be opened, or its log is gone under the server.
 */
export async function openServedKeyStore(
  url: string,
  storeUrl: string,
): Promise<KeyStore> {
  await checkKeysBeside(url, storeUrl);
  return openKeyStore(url);
}

async function checkKeysBeside(url: string, storeUrl: string): Promise<void> {
  const { file } = locateStore(url);
  const { file: storeFile } = locateStore(storeUrl);
  if (file && storeFile) await checkServedKeys(file, storeFile);
}

/**
 * Copies a key store to a new file, even while a server uses it.
 *
 * @param url As for {@linkcode openKeyStore}.
 * @param to The new file, and the URL of the store that the keys are of.
 * @throws {StoreError} If there is none, or no copy could be made.
 */
export async function backUpKeyStore(
  url: string,
  { file, storeUrl }: { readonly file: string; readonly storeUrl: string },
): Promise<KeyBackup> {
  const place = postgresPlace(url);
  if (!place) {
    await checkKeysBeside(url, storeUrl);
    return await backUpSqliteKeys(pathOf(url), file);
  }
  throw new StoreError(
    "Cannot back up keys in PostgreSQL to a file",
    `Use its own tools, as pg_dump --schema ${place.schema}`,
  );
}

/** The location of a store's data. */
export interface StoreLocation {
  /** The file on this machine; null if there is none. */
  readonly file: string | null;
  /** True if it outlives the process. */
  readonly isKept: boolean;
  /** The file, or the URL without a password. */
  readonly shown: string;
}

/**
 * Returns the location of a store's data, without opening it.
 *
 * @param url As for {@linkcode openStore}.
 * @throws {StoreError} If no adapter has such URLs.
 */
export function locateStore(url: string): StoreLocation {
  if (postgresPlace(url)) {
    return { file: null, isKept: true, shown: withoutPassword(url) };
  }
  const path = pathOf(url);
  const isKept = path !== MEMORY;
  return { file: isKept ? path : null, isKept, shown: isKept ? path : url };
}

function postgresPlace(url: string): PostgresUrl | undefined {
  if (!isPostgresUrl(url)) return undefined;
  const result = readPostgresUrl(url);
  if (result.ok) return result.place;
  throw new StoreError(
    `Cannot open the store by its URL: ${result.fault}`,
    "Set INBOX_STORE or --store, as in postgres://user@host:5432/database",
  );
}

function keyPlaceOf(keyStoreUrl: string | null): PostgresUrl | null {
  return keyStoreUrl === null ? null : postgresPlace(keyStoreUrl) ?? null;
}

function pathOf(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined) return path;
  throw new StoreError(
    "Cannot open the store as its URL must begin with sqlite: or postgres://",
    "Set INBOX_STORE or --store, as in sqlite:data/inbox.db",
  );
}
