// A key store in a schema of its own of a PostgreSQL database. Bytes go there as base64,
// as the driver has no arrays of them.

import { StoreError } from "../../errors.ts";
import { bytesOf, type DatabaseRow } from "../columns.ts";
import type {
  DataKeyName,
  KeyStore,
  Rewrapping,
  StoredDataKey,
  WrappedDataKey,
} from "../key_store.ts";
import type { PostgresUrl } from "../postgres_url.ts";

import { Database, type Parameter } from "./database.ts";
import { describeFault, sqlStateOf } from "./errors.ts";
import { DURABLE } from "./durable.ts";

/** A key that others destroy while it is asked for is asked for again. */
const TRIES_MAX = 5;

/** The longest time for which it goes unnoticed that keys vanish and connections stay. */
const LOOK_AGAIN_MS = 5_000;

const SCHEMA = `
  CREATE SCHEMA IF NOT EXISTS $schema;
  CREATE TABLE IF NOT EXISTS $schema.data_keys (
    owner text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    wrapped_by text NOT NULL,
    wrapped bytea,
    PRIMARY KEY (owner, id)
  );
  CREATE TABLE IF NOT EXISTS $schema.notes (
    name text COLLATE "C" PRIMARY KEY,
    note bytea NOT NULL
  );
  ALTER TABLE $schema.data_keys
    ADD COLUMN IF NOT EXISTS is_retired boolean NOT NULL DEFAULT false;
  CREATE UNIQUE INDEX IF NOT EXISTS sealing_keys ON $schema.data_keys (owner)
    WHERE wrapped IS NOT NULL AND NOT is_retired;
  CREATE INDEX IF NOT EXISTS replaced_keys ON $schema.data_keys (owner)
    WHERE wrapped IS NULL AND is_retired;
  -- Of an older version, which had one key of each owner.
  DROP INDEX IF EXISTS $schema.living_keys;`;

/** Another instance makes the same table at the same moment. */
const BEATEN = /^(?:23505|42P0[67])$/;

/** Someone dropped them. */
const GONE = /^(?:3F000|42P01)$/;
const PUT_BACK =
  "Put back the key store: what is sealed cannot be read without it";

/** It is beside the store unless a setting names it. */
const elsewhere = { setting: "INBOX_KEY_STORE (or else INBOX_STORE)" };

/** A key store on connections of its own. */
export class PostgresKeyStore implements KeyStore {
  readonly #database: Database;
  readonly #lookAgainMs: number;
  #failures = 0;
  #preparing: Promise<void> | undefined;

  /** @param lookAgainMs The longest time for which {@linkcode check} is the same. */
  constructor(place: PostgresUrl, lookAgainMs = LOOK_AGAIN_MS) {
    this.#database = new Database({ ...place, elsewhere }, {
      connectionsMax: 2,
    });
    this.#lookAgainMs = lookAgainMs;
  }

  async obtain(
    candidates: readonly WrappedDataKey[],
  ): Promise<readonly WrappedDataKey[]> {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const living = await this.#insert(candidates);
      const keys = candidates.flatMap(({ owner }) => living.get(owner) ?? []);
      if (keys.length === candidates.length) return keys;
    }
    throw new StoreError(
      "Cannot use the key store: keys are destroyed faster than they are made",
      "Please report this",
    );
  }

  async get(
    { owner, id }: DataKeyName,
  ): Promise<WrappedDataKey | "destroyed" | undefined> {
    const [row] = await this.#query(
      "SELECT * FROM $schema.data_keys WHERE owner = $1 AND id = $2",
      [owner, id],
    );
    if (!row) return undefined;
    return row.wrapped === null ? "destroyed" : toDataKey(row);
  }

  async destroy(owners: readonly string[]): Promise<number> {
    const rows = await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       UPDATE $schema.data_keys SET wrapped = NULL, is_retired = false
       FROM session
       WHERE wrapped IS NOT NULL AND owner IN (
         SELECT json_array_elements_text($1::text::json)) RETURNING 1`,
      [JSON.stringify(owners)],
    );
    return rows.length;
  }

  async retire(owners: readonly string[]): Promise<readonly DataKeyName[]> {
    const rows = await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       UPDATE $schema.data_keys SET is_retired = true FROM session
       WHERE wrapped IS NOT NULL AND owner IN (
         SELECT json_array_elements_text($1::text::json)) RETURNING owner, id`,
      [JSON.stringify(owners)],
    );
    return rows.map(toName);
  }

  async destroyRetired(names: readonly DataKeyName[]): Promise<number> {
    const rows = await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       UPDATE $schema.data_keys k SET wrapped = NULL
       FROM json_to_recordset($1::text::json) AS n(owner text, id text), session
       WHERE k.owner = n.owner AND k.id = n.id
         AND k.is_retired AND k.wrapped IS NOT NULL RETURNING 1`,
      [JSON.stringify(names)],
    );
    return rows.length;
  }

  async replaced(): Promise<readonly DataKeyName[]> {
    const rows = await this.#query(
      `SELECT owner, id FROM $schema.data_keys
       WHERE wrapped IS NULL AND is_retired`,
    );
    return rows.map(toName);
  }

  async wrappedByOthers(
    wrappedBy: string,
    page: { readonly after: DataKeyName | null; readonly limit: number },
  ): Promise<readonly StoredDataKey[]> {
    const { owner, id } = page.after ?? { owner: "", id: "" };
    const rows = await this.#query(
      `SELECT * FROM $schema.data_keys WHERE (owner, id) > ($1, $2)
         AND wrapped_by <> $3 AND wrapped IS NOT NULL
       ORDER BY owner, id LIMIT $4::bigint`,
      [owner, id, wrappedBy, page.limit],
    );
    return rows.map((row) => ({
      ...toDataKey(row),
      isRetired: row.is_retired === true,
    }));
  }

  async rewrap(changes: readonly Rewrapping[]): Promise<number> {
    const rows = await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       UPDATE $schema.data_keys k
       SET wrapped_by = c.wrapped_by, wrapped = decode(c.wrapped, 'base64')
       FROM json_to_recordset($1::text::json) AS c(
         owner text, id text, old text, wrapped_by text, wrapped text), session
       WHERE k.owner = c.owner AND k.id = c.id
         AND k.wrapped = decode(c.old, 'base64') RETURNING 1`,
      [JSON.stringify(changes.map(({ from, to }) => ({
        owner: from.owner,
        id: from.id,
        old: from.wrapped.toBase64(),
        wrapped_by: to.wrappedBy,
        wrapped: to.wrapped.toBase64(),
      })))],
    );
    return rows.length;
  }

  /** Old versions of rows go; what the server's own log has of them is out of reach. */
  async scrub(): Promise<void> {
    await this.#query("VACUUM $schema.data_keys");
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#query(
      `SELECT wrapped_by, count(*) AS count FROM $schema.data_keys
       WHERE wrapped IS NOT NULL GROUP BY wrapped_by ORDER BY wrapped_by`,
    );
    return new Map(
      rows.map(({ wrapped_by, count }) => [String(wrapped_by), Number(count)]),
    );
  }

  async notes(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
    const rows = await this.#query(
      "SELECT name, note FROM $schema.notes ORDER BY name",
    );
    return new Map(
      rows.map(({ name, note }) => [String(name), bytesOf(note)]),
    );
  }

  async addNote(name: string, note: Uint8Array): Promise<void> {
    await this.#note(name, note, "DO NOTHING");
  }

  async setNote(name: string, note: Uint8Array): Promise<void> {
    await this.#note(name, note, "(name) DO UPDATE SET note = excluded.note");
  }

  /**
   * Whoever puts another database in its place mostly ends the connections; a pooler
   * hides even that.
   */
  check(): Promise<number> {
    const lookedAgain = Math.floor(performance.now() / this.#lookAgainMs);
    const { disconnections } = this.#database;
    return Promise.resolve(disconnections + this.#failures + lookedAgain);
  }

  async missing(
    names: readonly DataKeyName[],
  ): Promise<readonly DataKeyName[]> {
    const rows = await this.#query(
      `SELECT owner, id FROM json_to_recordset($1::text::json) AS n(owner text, id text)
       WHERE NOT EXISTS (SELECT FROM $schema.data_keys k
         WHERE k.owner = n.owner AND k.id = n.id)`,
      [JSON.stringify(names)],
    );
    return rows.map(toName);
  }

  async putBack(keys: readonly WrappedDataKey[]): Promise<void> {
    await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       INSERT INTO $schema.data_keys (owner, id, wrapped_by, wrapped, is_retired)
       SELECT i.owner, i.id, i.wrapped_by, decode(i.wrapped, 'base64'),
         EXISTS (SELECT FROM $schema.data_keys k WHERE k.owner = i.owner
           AND k.wrapped IS NOT NULL AND NOT k.is_retired)
       FROM json_to_recordset($1::text::json) AS i(
         owner text, id text, wrapped_by text, wrapped text), session
       ORDER BY i.owner ON CONFLICT (owner, id) DO NOTHING`,
      [JSON.stringify(keys.map(rowOf))],
    );
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #note(name: string, note: Uint8Array, onConflict: string) {
    await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       INSERT INTO $schema.notes (name, note)
       SELECT $1, decode($2, 'base64') FROM session ON CONFLICT ${onConflict}`,
      [name, note.toBase64()],
    );
  }

  /** Stores what is missing, and reads what is there then, whoever stored it. */
  async #insert(candidates: readonly WrappedDataKey[]) {
    const firsts = new Map(
      candidates.toReversed().map((one) => [one.owner, one]),
    );
    const input = [...firsts.values()].map(rowOf);
    // In order, so that instances that store the same do not meet crosswise.
    await this.#query(
      `WITH session AS MATERIALIZED (SELECT ${DURABLE})
       INSERT INTO $schema.data_keys (owner, id, wrapped_by, wrapped)
       SELECT owner, id, wrapped_by, decode(wrapped, 'base64')
       FROM json_to_recordset($1::text::json) AS i(
         owner text, id text, wrapped_by text, wrapped text), session
       ORDER BY owner ON CONFLICT DO NOTHING`,
      [JSON.stringify(input)],
    );
    const rows = await this.#query(
      `SELECT * FROM $schema.data_keys
       WHERE wrapped IS NOT NULL AND NOT is_retired AND owner IN (
         SELECT json_array_elements_text($1::text::json))`,
      [JSON.stringify([...firsts.keys()])],
    );
    return new Map(rows.map((row) => [String(row.owner), toDataKey(row)]));
  }

  async #query(
    text: string,
    values: readonly Parameter[] = [],
  ): Promise<readonly DatabaseRow[]> {
    try {
      await (this.#preparing ??= this.#prepare());
      return await this.#database.query(text, values);
    } catch (error) {
      this.#failures++;
      const { message, hint } = GONE.test(sqlStateOf(error))
        ? { message: "its tables are not there", hint: PUT_BACK }
        : describeFault(error);
      throw new StoreError(`Cannot use the key store: ${message}`, hint);
    }
  }

  async #prepare(): Promise<void> {
    try {
      await refuseStore(this.#database);
      if (await isThere(this.#database, "sealing_keys")) return;
      await this.#database.query(SCHEMA);
    } catch (error) {
      this.#preparing = undefined;
      if (!BEATEN.test(sqlStateOf(error))) throw error;
      await (this.#preparing ??= this.#prepare());
    }
  }
}

/**
 * Returns whether there is a key store.
 *
 * @throws {StoreError} If the database cannot be asked.
 */
export async function hasPostgresKeyStore(
  place: PostgresUrl,
): Promise<boolean> {
  const database = new Database({ ...place, elsewhere }, { connectionsMax: 1 });
  try {
    return await isThere(database);
  } catch (error) {
    // It may be one that nobody asked for.
    const { message, hint } = describeFault(error);
    const { host, port, database: name } = place;
    throw new StoreError(
      `Cannot use the database ${name} at ${host}:${port}: ${message}`,
      hint,
    );
  } finally {
    await database.close();
  }
}

async function isThere(database: Database, name = "notes"): Promise<boolean> {
  const [row] = await database.query(
    `SELECT to_regclass('$schema.${name}') IS NOT NULL AS is_there`,
  );
  return row?.is_there === true;
}

/** A dump of one schema must not have both. */
async function refuseStore(database: Database): Promise<void> {
  const [row] = await database.query(
    "SELECT to_regclass('$schema.bodies') IS NOT NULL AS is_store",
  );
  if (!row?.is_store) return;
  throw new StoreError(
    "data keys live apart from the events, and its schema is that of a store",
    "Name another schema in INBOX_KEY_STORE, as by ?schema=inbox_keys, or leave it out",
  );
}

function toName({ owner, id }: DatabaseRow): DataKeyName {
  return { owner: String(owner), id: String(id) };
}

function rowOf({ owner, id, wrappedBy, wrapped }: WrappedDataKey) {
  return { owner, id, wrapped_by: wrappedBy, wrapped: wrapped.toBase64() };
}

function toDataKey(row: DatabaseRow): WrappedDataKey {
  return {
    ...toName(row),
    wrappedBy: String(row.wrapped_by),
    wrapped: bytesOf(row.wrapped),
  };
}
