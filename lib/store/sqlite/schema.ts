// The tables of a SQLite store and their migrations.

import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../errors.ts";
import { PROGRAM_NAME } from "../../program_name.ts";
import { STATUS_CODES } from "../status_codes.ts";
import { inTransaction } from "./in_transaction.ts";
import { pragma } from "./pragma.ts";
import { readMark, writeMark } from "./open_mark.ts";

/** The application id in the header of a store: "PIbx". */
export const APPLICATION_ID = 0x50496278;

/** The application id of an unfinished copy, which no server opens: "PIbc". */
export const UNFINISHED_ID = 0x50496263;

/**
 * Bodies are apart from listed columns, so that a scan of a million events reads
 * megabytes and not gigabytes. All but `event_ids` and `event_objects` are in the order
 * of arrival, and those are filled by `EventIndex`: an index on random ids, updated event
 * by event, would cost more than all the rest. The indexes on dispatches have only
 * unfinished ones.
 */
const MIGRATIONS: readonly string[] = [
  `
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
  `,
  `
  CREATE TABLE event_objects (
    object_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (object_id, seq)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO event_objects SELECT object_id, seq FROM events
    WHERE object_id IS NOT NULL AND seq <= (SELECT settled_seq FROM id_index)
    ORDER BY object_id, seq;
  CREATE TABLE dispatches (
    seq INTEGER NOT NULL,
    destination TEXT NOT NULL,
    status INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    replays INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (seq, destination)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pending_dispatches ON dispatches (destination, seq)
    WHERE status = ${STATUS_CODES.pending};
  CREATE INDEX dead_dispatches ON dispatches (seq)
    WHERE status = ${STATUS_CODES.dead};
  CREATE TABLE attempts (
    attempt_seq INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    destination TEXT NOT NULL,
    number INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    code INTEGER,
    output TEXT NOT NULL
  ) STRICT;
  CREATE INDEX attempts_of_event ON attempts (seq);
  CREATE TABLE server (local_url TEXT) STRICT;
  INSERT INTO server VALUES (NULL);
  `,
  `
  ALTER TABLE events ADD COLUMN duplicates_differing INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE links (
    token TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (token, object_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE link_index (linked_seq INTEGER NOT NULL, key BLOB NOT NULL) STRICT;
  INSERT INTO link_index VALUES (0, randomblob(32));
  `,
  `
  CREATE TABLE pauses (
    destination TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE bodies ADD COLUMN digest BLOB;
  `,
  `
  ALTER TABLE events ADD COLUMN erased_at_ms INTEGER;
  ALTER TABLE events ADD COLUMN body_mac BLOB;
  CREATE TABLE erasures (position INTEGER NOT NULL) STRICT;
  INSERT INTO erasures VALUES (0);
  `,
  `
  ALTER TABLE bodies ADD COLUMN headers TEXT;
  `,
  `
  CREATE TABLE key_store (id TEXT) STRICT;
  INSERT INTO key_store VALUES (NULL);
  `,
  `
  ALTER TABLE erasures ADD COLUMN log_id TEXT;
  `,
  `
  CREATE TABLE retention (state TEXT) STRICT;
  INSERT INTO retention VALUES (NULL);
  CREATE TABLE passed_over (seq INTEGER PRIMARY KEY) STRICT;
  CREATE INDEX links_of_objects ON links (object_id);
  `,
  `
  CREATE TABLE holds (
    token TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    link_token TEXT,
    link_key TEXT,
    reason TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE deferred_erasures (
    object_id TEXT PRIMARY KEY,
    through_seq INTEGER NOT NULL,
    event_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE erased_objects (
    hash TEXT PRIMARY KEY,
    before_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- So that the log is read anew, into that table.
  UPDATE erasures SET log_id = NULL;
  `,
  `
  ALTER TABLE deferred_erasures
    ADD COLUMN not_before_ms INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE holds ADD COLUMN of_token TEXT;
  `,
  `
  CREATE TABLE audit_mark (number INTEGER, hash TEXT) STRICT;
  INSERT INTO audit_mark VALUES (NULL, NULL);
  `,
  `
  -- An erased event may have no row in bodies: earlier versions take it for lost.
  ALTER TABLE bodies ADD COLUMN padding BLOB;
  -- Its row in bodies, as long as it has one, and the bytes of its padding.
  CREATE TABLE erased_bodies (
    seq INTEGER PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO erased_bodies SELECT seq, 0 FROM events
    WHERE erased_at_ms IS NOT NULL ORDER BY seq;
  `,
];

/** The schema that this version writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Rejects files that are not a store of a known version. Only reads.
 *
 * @returns The version found, 0 for an empty file.
 * @throws {StoreError} If the file belongs to a newer version or another program.
 */
export function checkSchema(
  db: DatabaseSync,
  { isCopy = false }: { isCopy?: boolean } = {},
): number {
  const { schemaVersion: version } = readMark(db);
  const applicationId = pragma(db, "application_id");
  const isUnfinished = applicationId === UNFINISHED_ID;
  if (isUnfinished && (!isCopy || version !== SCHEMA_VERSION)) {
    throw new StoreError(
      "it is a copy of another store that is not finished",
      `Run ${PROGRAM_NAME} migrate-store of the same version again, with the same --from and --to`,
    );
  }
  const isOurs = isUnfinished || applicationId === APPLICATION_ID;
  const isEmpty = version === 0 && pragma(db, "schema_version") === 0;
  if (!isOurs && !isEmpty) {
    throw new StoreError(
      "it is another program's database, not a persona-inbox store",
      "Choose another file with --store sqlite:PATH",
    );
  }
  refuseNewer(version, SCHEMA_VERSION);
  return version;
}

/**
 * Migrates a store to the current schema, in one transaction.
 *
 * @param db A writable connection.
 * @throws {StoreError} As {@linkcode checkSchema}.
 */
export function migrate(db: DatabaseSync): void {
  if (checkSchema(db) === SCHEMA_VERSION) return;
  inTransaction(db, () => {
    for (const sql of MIGRATIONS.slice(checkSchema(db))) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    writeMark(db, { schemaVersion: SCHEMA_VERSION });
  });
}

/** Rejects a schema that is newer than the latest known one. */
export function refuseNewer(version: number, latest: number): void {
  if (version <= latest) return;
  throw new StoreError(
    `its schema has version ${version}, this program knows up to ${latest}`,
    "Use the newer persona-inbox that wrote it; nothing was changed",
  );
}
