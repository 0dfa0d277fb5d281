/**
 * A store in one SQLite file, or in memory.
 *
 * @module
 */

import {
  type BatchWriter,
  groupCommit,
  type GroupCommitOptions,
} from "../group_commit.ts";
import { cannotOpen, describeFault } from "./errors.ts";
import { SqliteDispatchReader } from "./dispatch_reader.ts";
import { lockStore } from "./lock.ts";
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
  /** Told of every failure to write: what is wrong and how to fix it. */
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
    onFailure: (error) => options.onFailure?.(describeFault(error, path)),
    onCommit: (info) => options.onCommit?.(info),
  };
  if (path === ":memory:") {
    return groupCommit(inPlace(new SqliteWriter(path)), groupOptions);
  }
  try {
    const lock = await lockStore(path);
    try {
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
