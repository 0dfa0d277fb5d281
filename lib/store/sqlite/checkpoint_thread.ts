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
import type { CheckpointerRequest, CheckpointerStart } from "./protocol.ts";

interface Opened {
  readonly db: DatabaseSync;
  readonly file: Deno.FsFile;
}

self.onmessage = ({ data }: MessageEvent<CheckpointerStart>) => {
  const { path, port } = data;
  const opened = open(path);
  port.onmessage = ({ data }: MessageEvent<CheckpointerRequest>) => {
    if (data === "checkpoint") {
      if (opened) checkpoint(opened);
    } else {
      opened?.db.close();
      opened?.file.close();
    }
    port.postMessage(null);
  };
};

/** Nothing, when the file is gone before this thread has begun: the writer tells. */
function open(path: string): Opened | undefined {
  try {
    // SQLite syncs the file only when it could move everything. To close this
    // descriptor drops the locks that SQLite holds on the file anywhere in the
    // process (POSIX), so it stays open until the writer is about to end. It comes
    // first, as SQLite would make a file that is not there.
    const file = Deno.openSync(path, { read: true, write: true });
    const db = new DatabaseSync(path);
    db.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256");
    return { db, file };
  } catch {
    return undefined;
  }
}

function checkpoint({ db, file }: Opened): void {
  try {
    db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    file.syncDataSync();
  } catch {
    // The log just grows; the next commit meets the same fault and reports it.
  }
}
