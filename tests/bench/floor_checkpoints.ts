/**
 * Moves the log of {@link ./floor.ts} into its database, so that accepting does not
 * wait for the disk twice.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { DatabaseSync } from "node:sqlite";

let file: Deno.FsFile | undefined;
let db: DatabaseSync | undefined;

self.onmessage = ({ data: path }: MessageEvent<string>) => {
  // Closing this descriptor would drop SQLite's locks: it stays open.
  file ??= Deno.openSync(path, { read: true, write: true });
  db ??= new DatabaseSync(path);
  db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA wal_checkpoint(PASSIVE)");
  file.syncDataSync();
  self.postMessage(null);
};
