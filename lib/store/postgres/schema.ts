// The tables of a PostgreSQL store and their migrations.

import { StoreError } from "../../errors.ts";
import { PROGRAM_NAME } from "../../program_name.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database } from "./database.ts";
import { sqlStateOf } from "./errors.ts";

const { pending, dead } = STATUS_CODES;

/** Tries of a migration that another instance got in the way of. */
const TRIES_MAX = 20;
const RETRY_MS = 100;

/** A migration may have much to do. */
const MIGRATION_MS = 600_000;

/** The oldest server with all that the statements use. */
const SERVER_VERSION_MIN = 130_000;

/**
 * Each step is one transaction; steps only add, so that instances of the version
 * before go on working beside it. Ids compare byte by byte. Bodies do not compress
 * well, and trying would cost more than it saves.
 *
 * Counters give numbers in the order of commits: who updates one holds its row until
 * the commit. A sequence would let a reader miss what commits late.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE $schema.counters (
    name text PRIMARY KEY,
    value bigint NOT NULL
  );
  INSERT INTO $schema.counters
    VALUES ('events', 0), ('gaps', 0), ('attempts', 0), ('requeues', 0);
  CREATE TABLE $schema.events (
    seq bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    object_type text,
    object_id text COLLATE "C",
    created_at_ms bigint,
    received_at_ms bigint NOT NULL,
    secret_fingerprint text,
    attempts_made bigint,
    attempts_left bigint,
    first_attempted_at_ms bigint,
    partition smallint NOT NULL,
    duplicates bigint NOT NULL DEFAULT 0,
    duplicates_differing bigint NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX event_ids ON $schema.events (id);
  CREATE INDEX event_objects ON $schema.events (object_id, seq)
    WHERE object_id IS NOT NULL;
  CREATE TABLE $schema.bodies (
    seq bigint PRIMARY KEY,
    content_type text,
    body bytea NOT NULL
  );
  ALTER TABLE $schema.bodies ALTER COLUMN body SET STORAGE EXTERNAL;
  CREATE TABLE $schema.dispatches (
    seq bigint NOT NULL,
    destination text COLLATE "C" NOT NULL,
    partition smallint NOT NULL,
    status smallint NOT NULL,
    due_at_ms bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    failures bigint NOT NULL DEFAULT 0,
    replays bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (seq, destination)
  );
  CREATE INDEX pending_dispatches ON $schema.dispatches (destination, seq)
    WHERE status = ${pending};
  CREATE INDEX dead_dispatches ON $schema.dispatches (seq)
    WHERE status = ${dead};
  CREATE TABLE $schema.attempts (
    attempt_seq bigint PRIMARY KEY,
    seq bigint NOT NULL,
    destination text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    started_at_ms bigint NOT NULL,
    duration_ms bigint NOT NULL,
    outcome text NOT NULL,
    code bigint,
    output text NOT NULL
  );
  CREATE INDEX attempts_of_event ON $schema.attempts (seq);
  CREATE TABLE $schema.requeues (
    number bigint PRIMARY KEY,
    from_seq bigint NOT NULL
  );
  CREATE TABLE $schema.leases (
    destination text COLLATE "C" NOT NULL,
    partition smallint NOT NULL,
    holder text,
    fence bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (destination, partition)
  );
  CREATE TABLE $schema.members (
    destination text COLLATE "C" NOT NULL,
    holder text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (destination, holder)
  );
  CREATE TABLE $schema.instances (
    id text PRIMARY KEY,
    local_url text,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE TABLE $schema.links (
    token text COLLATE "C" NOT NULL,
    object_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (token, object_id)
  );
  CREATE TABLE $schema.link_index (
    linked_seq bigint NOT NULL,
    key bytea NOT NULL
  );
  INSERT INTO $schema.link_index VALUES (0, decode(replace(
    concat(gen_random_uuid(), gen_random_uuid()), '-', ''), 'hex'));
  CREATE TABLE $schema.pauses (
    destination text COLLATE "C" PRIMARY KEY,
    since_ms bigint NOT NULL
  );
  CREATE TABLE $schema.audit (
    number bigint PRIMARY KEY,
    record text NOT NULL
  );
  CREATE TABLE $schema.probe (bytes bytea NOT NULL);
  ALTER TABLE $schema.probe ALTER COLUMN bytes SET STORAGE EXTERNAL;
  `,
  `
  ALTER TABLE $schema.bodies ADD COLUMN digest bytea;
  `,
  `
  -- A body of common size fills a page, instead of four rows and an index's elsewhere.
  ALTER TABLE $schema.bodies SET (toast_tuple_target = 8160);
  `,
  `
  ALTER TABLE $schema.events ADD COLUMN erased_at_ms bigint;
  ALTER TABLE $schema.events ADD COLUMN body_mac bytea;
  `,
  `
  ALTER TABLE $schema.bodies ADD COLUMN headers text;
  `,
  `
  CREATE TABLE $schema.key_store (id text);
  INSERT INTO $schema.key_store VALUES (NULL);
  ALTER TABLE $schema.instances ADD COLUMN key_ids text;
  `,
  `
  ALTER TABLE $schema.instances ADD COLUMN destinations text;
  `,
  `
  CREATE TABLE $schema.retention (
    state text,
    holder text,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
  );
  INSERT INTO $schema.retention DEFAULT VALUES;
  CREATE TABLE $schema.passed_over (seq bigint PRIMARY KEY);
  CREATE INDEX links_of_objects ON $schema.links (object_id);
  `,
  `
  CREATE TABLE $schema.holds (
    token text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    link_token text COLLATE "C",
    link_key text,
    reason text NOT NULL,
    by_whom text NOT NULL,
    at_ms bigint NOT NULL,
    until_ms bigint
  );
  CREATE TABLE $schema.deferred_erasures (
    object_id text COLLATE "C" PRIMARY KEY,
    through_seq bigint NOT NULL,
    event_id text NOT NULL
  );
  INSERT INTO $schema.counters VALUES ('holds', 0);
  `,
  `
  -- Another number with every erasure: who stores under an older one looks again.
  ALTER TABLE $schema.counters ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
  CREATE TABLE $schema.erasures (position bigint NOT NULL, log_id text);
  INSERT INTO $schema.erasures VALUES (0, NULL);
  `,
  `
  ALTER TABLE $schema.deferred_erasures
    ADD COLUMN not_before_ms bigint NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE $schema.holds ADD COLUMN of_token text COLLATE "C";
  `,
];

/** The schema that this version writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Added to the version of a copy that is not finished: no server opens it. */
export const UNFINISHED_VERSIONS = 1_000_000;

/**
 * Reads the version of a store.
 *
 * @returns The version; 0 if there is no store yet.
 * @throws {StoreError} If the server or a newer version of the store does not fit.
 */
export async function readVersion(database: Database): Promise<number> {
  const [server] = await database.query(
    `SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_encoding') AS encoding,
       to_regclass('$schema.schema_version') IS NOT NULL AS is_there`,
  );
  if (Number(server?.version) < SERVER_VERSION_MIN) {
    throw new StoreError(
      "the server is older than PostgreSQL 13",
      "Upgrade it: PostgreSQL 15 and newer are tested",
    );
  }
  if (server?.encoding !== "UTF8") {
    throw new StoreError(
      `the database must have the encoding UTF8: it is ${server?.encoding}`,
      "Create one with ENCODING 'UTF8' TEMPLATE template0",
    );
  }
  if (!server.is_there) return 0;
  const [row] = await database.query(
    "SELECT version FROM $schema.schema_version",
  );
  const version = Number(row?.version ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  if (version > UNFINISHED_VERSIONS) {
    throw new StoreError(
      "it is a copy of another store that is not finished",
      `Run ${PROGRAM_NAME} migrate-store of the same version again, with the same --from and --to`,
    );
  }
  throw new StoreError(
    `its schema has version ${version}, this program knows up to ${SCHEMA_VERSION}`,
    "Use the newer persona-inbox that migrated it; nothing was changed",
  );
}

/**
 * Refuses to read what is not a store of this version.
 *
 * @throws {StoreError} As {@linkcode readVersion}, and if there is no store, or an older
 *   one.
 */
export async function checkReadable(database: Database): Promise<void> {
  const version = await readVersion(database);
  if (version === SCHEMA_VERSION) return;
  throw new StoreError(
    version === 0
      ? "there is no store"
      : `its schema has version ${version}, this program reads ${SCHEMA_VERSION}`,
    `Start ${PROGRAM_NAME} serve of this version on it once: it creates a store, or brings it up to date`,
  );
}

/**
 * Migrates a store to the current schema, whoever else tries that too.
 *
 * @throws {StoreError} As {@linkcode readVersion}.
 */
export async function migrate(database: Database): Promise<void> {
  for (let tries = 1;; tries++) {
    const version = await readVersion(database);
    if (version === SCHEMA_VERSION) return;
    try {
      await database.query(
        migration(version, await hasSchema(database)),
        [],
        MIGRATION_MS,
      );
    } catch (error) {
      // Another instance was faster, or made the same table at the same moment.
      const isBeaten = /^(?:23505|40001|42P0[67])$/.test(sqlStateOf(error));
      if (!isBeaten || tries === TRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Returns the statements that create a store, as one transaction. */
export async function firstMigration(database: Database): Promise<string> {
  return migration(0, await hasSchema(database));
}

/** One transaction: several statements without parameters. */
function migration(version: number, hasSchema: boolean): string {
  const first = `
    ${hasSchema ? "" : "CREATE SCHEMA $schema;"}
    CREATE TABLE $schema.schema_version (version int NOT NULL);
    INSERT INTO $schema.schema_version VALUES (0);`;
  return `
    ${version === 0 ? first : ""}
    LOCK TABLE $schema.schema_version IN ACCESS EXCLUSIVE MODE;
    DO $$ BEGIN
      IF (SELECT version FROM $schema.schema_version) <> ${version} THEN
        RAISE EXCEPTION 'migrated meanwhile' USING ERRCODE = '40001';
      END IF;
    END $$;
    ${MIGRATIONS.slice(version).join("")}
    UPDATE $schema.schema_version SET version = ${SCHEMA_VERSION};`;
}

async function hasSchema(database: Database): Promise<boolean> {
  const [row] = await database.query(
    "SELECT to_regnamespace('$schema') IS NOT NULL AS is_there",
  );
  return row?.is_there === true;
}
