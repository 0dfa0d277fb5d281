// What was erased, remembered in a schema of its own, which a restored dump of the store
// does not bring back; in the database of the data keys, where that is another one. It
// holds keyed hashes and times, nothing of a person.

import { createHash, createHmac, randomBytes } from "node:crypto";
import type {
  CopiedLog,
  ErasedId,
  ErasedObject,
  FoundLog,
  WholeLog,
} from "../erasure.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import { Database } from "./database.ts";
import { sqlStateOf } from "./errors.ts";
import { DURABLE } from "./durable.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS $schema.header (key text PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS $schema.log (
    number bigint PRIMARY KEY,
    object text COLLATE "C" NOT NULL,
    is_event boolean NOT NULL,
    through_seq bigint NOT NULL,
    before_ms bigint NOT NULL,
    erased_at_ms bigint NOT NULL,
    ranges json
  );
  CREATE INDEX IF NOT EXISTS log_objects ON $schema.log (object);
  CREATE INDEX IF NOT EXISTS log_times ON $schema.log (before_ms);`;

const APPEND = `
  INSERT INTO $schema.log
  SELECT n + (SELECT coalesce(max(number), 0) FROM $schema.log), object,
    is_event, through_seq, before_ms, erased_at_ms, ranges
  FROM json_to_recordset($1::text::json) AS i(n bigint, object text,
    is_event boolean, through_seq bigint, before_ms bigint, erased_at_ms bigint,
    ranges json)
  RETURNING ${DURABLE}`;

/** Entries that are copied at once, and the time that all of them may take. */
const PAGE = 10_000;
const COPY_MS = 600_000;

/** Another instance makes the same schema at the same moment. */
const BEATEN = /^(?:23505|42P0[67])$/;

/**
 * Returns the place of the log of a store.
 *
 * @param keys The place of its data keys; null if they are beside it.
 */
export function erasureLogPlace(
  store: PostgresUrl,
  keys: PostgresUrl | null,
): PostgresUrl {
  const isElsewhere = keys !== null && (keys.host !== store.host ||
    keys.port !== store.port || keys.database !== store.database);
  if (!isElsewhere) return { ...store, schema: `${store.schema}_erasures` };
  const { database, host, port } = keys;
  const name = `the key store's database, ${database} at ${host}:${port}`;
  return {
    ...keys,
    schema: `${keys.schema.replace(/_keys$/, "")}_erasures`,
    elsewhere: { setting: "INBOX_KEY_STORE", name },
  };
}

/** The log of one store. Who appends holds its row of `erasures`. */
export class PostgresErasureLog implements CopiedLog {
  readonly place: PostgresUrl;
  readonly #database: Database;

  constructor(place: PostgresUrl) {
    this.place = place;
    this.#database = new Database(place, { connectionsMax: 1 });
  }

  /** Looks at it. */
  async find(): Promise<FoundLog> {
    const { database, schema } = this.place;
    const name = `the schema ${schema} of the database ${database}`;
    const key = await this.#readKey();
    if (key === undefined) return { name, id: null, length: 0 };
    const [row] = await this.#database.query(
      "SELECT count(*) AS length FROM $schema.log",
    );
    const id = createHash("sha256").update(key).digest("base64url");
    return { name, id, length: Number(row?.length) };
  }

  /** Entries after a position. */
  async after(position: number): Promise<ErasedObject[]> {
    if (await this.#readKey() === undefined) return [];
    const rows = await this.#database.query(
      `SELECT l.*, l.ranges::text AS ranges_text FROM $schema.log l
       WHERE number > $1::bigint ORDER BY number`,
      [position],
    );
    return rows.map((row) => ({
      ...(row.ranges_text !== null && {
        ranges: JSON.parse(String(row.ranges_text)),
      }),
      object: String(row.object),
      ...(row.is_event === true && { isEvent: true }),
      throughSeq: Number(row.through_seq),
      beforeMs: Number(row.before_ms),
      erasedAtMs: Number(row.erased_at_ms),
    }));
  }

  async whole(): Promise<WholeLog | null> {
    const key = await this.#readKey();
    return key === undefined ? null : { key, entries: await this.after(0) };
  }

  async replace({ key, entries }: WholeLog): Promise<void> {
    await this.#prepare();
    await this.#database.transaction(async (query) => {
      await query("DELETE FROM $schema.log");
      await query("UPDATE $schema.header SET key = $1", [key]);
      for (let i = 0; i < entries.length; i += PAGE) {
        const page = entries.slice(i, i + PAGE);
        await query(APPEND, [JSON.stringify(rowsOf(page))]);
      }
    }, COPY_MS);
  }

  /** The latest time up to which events were erased; null if none were. */
  async newestMs(): Promise<number | null> {
    if (await this.#readKey() === undefined) return null;
    const [row] = await this.#database.query(
      "SELECT max(before_ms) AS newest FROM $schema.log",
    );
    const { newest = null } = row ?? {};
    return newest === null ? null : Number(newest);
  }

  /**
   * The times up to which events were erased, by hash.
   *
   * @param untilMs Times after it are left out.
   */
  async timesOf(
    hashes: readonly string[],
    untilMs: number = Number.MAX_SAFE_INTEGER,
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.query(
      `SELECT object, max(before_ms) AS before_ms FROM $schema.log
       WHERE object IN (SELECT json_array_elements_text($1::text::json))
         AND before_ms <= $2::bigint
       GROUP BY object`,
      [JSON.stringify(hashes), untilMs],
    );
    return new Map(
      rows.map((row) => [String(row.object), Number(row.before_ms)]),
    );
  }

  /** Remembers what was erased, durably. */
  async append(erased: readonly ErasedId[]): Promise<void> {
    await this.#prepare();
    const hashOf = await this.hasher();
    const entries = erased.map(({ id, ...one }) => ({
      object: hashOf(id),
      ...one,
    }));
    await this.#database.query(APPEND, [JSON.stringify(rowsOf(entries))]);
  }

  /** Returns the hash under which an id is remembered; of a log that is there. */
  async hasher(): Promise<(id: string) => string> {
    const key = await this.#readKey() ?? "";
    return (id) => createHmac("sha256", key).update(id).digest("base64url");
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #readKey(): Promise<string | undefined> {
    const [there] = await this.#database.query(
      "SELECT to_regclass('$schema.log') IS NOT NULL AS is_there",
    );
    if (there?.is_there !== true) return undefined;
    const [row] = await this.#database.query("SELECT key FROM $schema.header");
    return row && String(row.key);
  }

  /** Makes it, unless it is there. */
  async #prepare(): Promise<void> {
    if (await this.#readKey() !== undefined) return;
    try {
      const [row] = await this.#database.query(
        "SELECT to_regnamespace('$schema') IS NULL AS is_missing",
      );
      const create = row?.is_missing ? "CREATE SCHEMA $schema;" : "";
      const key = randomBytes(32).toString("base64url");
      await this.#database.query(
        `${create}${SCHEMA} INSERT INTO $schema.header VALUES ('${key}')`,
      );
    } catch (error) {
      if (!BEATEN.test(sqlStateOf(error))) throw error;
      await this.#prepare();
    }
  }
}

/** Rows for {@linkcode APPEND}. */
function rowsOf(entries: readonly ErasedObject[]) {
  return entries.map((one, i) => ({
    n: i + 1,
    object: one.object,
    is_event: one.isEvent === true,
    through_seq: one.throughSeq,
    before_ms: one.beforeMs ?? one.erasedAtMs,
    erased_at_ms: one.erasedAtMs,
    ranges: one.ranges ?? null,
  }));
}
