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

const path = self.name;
const db = new DatabaseSync(path);
db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256");
// SQLite syncs the file only when it could move everything. This descriptor stays
// open as long as the process: to close it would drop SQLite's locks on the file.
const file = Deno.openSync(path, { read: true, write: true });

self.onmessage = () => {
  try {
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    file.syncDataSync();
  } catch {
    // The log just grows; the next commit meets the same fault and reports it.
  }
  self.postMessage(null);
};
