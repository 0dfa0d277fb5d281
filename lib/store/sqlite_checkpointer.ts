/**
 * The thread that moves the write-ahead log into the database file, so that nobody
 * waits for it. It gets as far as the log went when it began; the writer does the
 * short rest.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { DatabaseSync } from "node:sqlite";
import type {
  CheckpointerRequest,
  CheckpointerStart,
} from "./sqlite_protocol.ts";

self.onmessage = ({ data }: MessageEvent<CheckpointerStart>) => {
  const { path, port } = data;
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256");
  // SQLite syncs the file only when it could move everything. To close this
  // descriptor drops the locks that SQLite holds on the file anywhere in the process
  // (POSIX), so it stays open until the writer is about to end.
  const file = Deno.openSync(path, { read: true, write: true });
  port.onmessage = ({ data }: MessageEvent<CheckpointerRequest>) => {
    if (data === "checkpoint") {
      checkpoint(db, file);
    } else {
      db.close();
      file.close();
    }
    port.postMessage(null);
  };
};

function checkpoint(db: DatabaseSync, file: Deno.FsFile): void {
  try {
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    file.syncDataSync();
  } catch {
    // The log just grows; the next commit meets the same fault and reports it.
  }
}
