/**
 * A store in one SQLite file, or in memory.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { dirname, resolve } from "node:path";
import { StoreLockedError } from "../../errors.ts";
import {
  type BatchWriter,
  groupCommit,
  type GroupCommitOptions,
} from "../group_commit.ts";
import { cannotOpen, describeFault, isLocked } from "./errors.ts";
import { SqliteDispatchReader } from "./dispatch_reader.ts";
import { SqliteReader } from "./reader.ts";
import { openRemoteWriter } from "./remote.ts";
import { SqliteWriter } from "./writer.ts";
import type { CommitInfo, Store } from "../store.ts";

/** Bodies of one batch; larger ones only if a single body is. */
const BATCH_BYTES = 4 << 20;

/** Options of {@linkcode openSqliteStore}. */
export interface SqliteStoreOptions {
  /** The largest body that can come. */
  bodyBytesMax: number;
  /** Told of every failure to write: what is wrong and how to mend it. */
  onFailure?: (fault: { message: string; hint: string }) => void;
  /** Told of every batch that is durable. */
  onCommit?: (info: CommitInfo) => void;
}

/**
 * Opens a store for writing, and creates it and its folder if need be.
 *
 * @param path A file, or `:memory:`.
 * @param options Limits and who hears of failures.
 * @returns The store; nobody else can write to it until it is closed.
 * @throws {StoreError} When it cannot be opened, or another process writes it.
 */
export async function openSqliteStore(
  path: string,
  options: SqliteStoreOptions,
): Promise<Store> {
  const batchBytesMax = Math.max(BATCH_BYTES, options.bodyBytesMax);
  const groupOptions: GroupCommitOptions = {
    batchBytesMax,
    onFailure: (error) => options.onFailure?.(describeFault(error)),
    onCommit: (info) => options.onCommit?.(info),
  };
  if (path === ":memory:") {
    return groupCommit(inPlace(new SqliteWriter(path)), groupOptions);
  }
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await targetOf(path);
    const lock = lockStore(target);
    try {
      makePrivate(target);
      const writer = await openRemoteWriter(path, batchBytesMax);
      const close = () => writer.close().finally(() => lock.close());
      return groupCommit({ ...writer, close }, groupOptions);
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/**
 * Ids that the writer keeps in memory are safe only if it is alone. A lock in a
 * database of its own is gone with its process, however that ends, on every system.
 */
function lockStore(path: string): DatabaseSync {
  makePrivate(`${path}-lock`);
  const lock = new DatabaseSync(`${path}-lock`);
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (!isLocked(error)) throw error;
    throw new StoreLockedError(
      "another persona-inbox is writing to it",
      "End the other one first, or choose another file with --store sqlite:PATH",
    );
  }
}

/**
 * Makes a file that only this user can read, unless it is there: personal data goes
 * into it. SQLite gives the files beside a database the mode of the database.
 */
function makePrivate(path: string): void {
  try {
    const options = { write: true, createNew: true, mode: 0o600 };
    Deno.openSync(path, options).close();
  } catch {
    // It is there, or SQLite meets the same fault and says what is wrong.
  }
}

/** One file has one lock, by whatever links it is reached, before it is there too. */
async function targetOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const link = await Deno.readLink(path).catch(() => null);
  return link === null ? path : await targetOf(resolve(dirname(path), link));
}

function inPlace(writer: SqliteWriter): BatchWriter {
  return {
    commit: (batch) => Promise.resolve().then(() => writer.commit(batch)),
    probe: () => Promise.resolve().then(() => writer.probe()),
    announce: (url) => Promise.resolve().then(() => writer.announce(url)),
    openReader: () => new SqliteReader(writer.connection, () => {}),
    openDispatchReader: () =>
      new SqliteDispatchReader(writer.connection, () => {}),
    close: () => Promise.resolve(writer.close()),
  };
}
