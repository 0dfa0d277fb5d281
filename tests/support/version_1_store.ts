/**
 * A store of the first version, as people may have one.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import type { Delivery } from "../../lib/store/store.ts";
import { delivery } from "./deliveries.ts";

/** As version 1 made them. Frozen: it stands in files that people have. */
const VERSION_1 = `
  PRAGMA page_size = 16384;
  PRAGMA journal_mode = WAL;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    object_type TEXT,
    object_id TEXT,
    created_at_ms INTEGER,
    received_at_ms INTEGER NOT NULL,
    secret_fingerprint TEXT,
    attempts_made INTEGER,
    attempts_left INTEGER,
    first_attempted_at_ms INTEGER,
    duplicates INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE bodies (
    seq INTEGER PRIMARY KEY,
    content_type TEXT,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE event_ids (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE id_index (settled_seq INTEGER NOT NULL) STRICT;
  INSERT INTO id_index VALUES (0);
  CREATE TABLE probe (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  PRAGMA application_id = 0x50496278;
  PRAGMA user_version = 1;
`;

const OBJECTS = ["inq_1", "inq_2", null] as const;

/** Six that have settled, two whose ids are in the table already, two more. */
export const VERSION_1_SENT: readonly Delivery[] = Array.from(
  { length: 10 },
  (_, i) => delivery(`evt_${i}`, { objectId: OBJECTS[i % 3]! }),
);
const SETTLED_SEQ = 6;
const MOVED = [
  ...VERSION_1_SENT.slice(0, SETTLED_SEQ),
  VERSION_1_SENT[7]!,
  VERSION_1_SENT[8]!,
];

/** Makes a store as version 1 left it. */
export function makeVersion1(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(VERSION_1);
  for (const [i, one] of VERSION_1_SENT.entries()) {
    db.prepare(
      `INSERT INTO events (id, name, object_type, object_id, created_at_ms,
         received_at_ms, secret_fingerprint, attempts_made, attempts_left,
         first_attempted_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      one.id,
      one.name,
      one.objectType,
      one.objectId,
      one.createdAtMs,
      one.receivedAtMs,
      one.secretFingerprint,
      one.attemptsMade,
      one.attemptsLeft,
      one.firstAttemptedAtMs,
    );
    db.prepare("INSERT INTO bodies VALUES (?, ?, ?)")
      .run(i + 1, one.contentType, one.body);
    if (!MOVED.includes(one)) continue;
    db.prepare("INSERT INTO event_ids VALUES (?, ?)").run(one.id, i + 1);
  }
  db.prepare("UPDATE id_index SET settled_seq = ?").run(SETTLED_SEQ);
  db.close();
}
