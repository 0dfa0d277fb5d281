// A PostgreSQL store that is made as a copy: see `lib/store/store_copy.ts`.

import { StoreError } from "../../errors.ts";
import {
  ATTEMPT_COLUMNS,
  DISPATCH_COLUMNS,
  EVENT_COLUMNS,
  namesOf,
  recordOf,
} from "../columns.ts";
import { type PostgresUrl, withoutPassword } from "../postgres_url.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type {
  CopiedEvent,
  CopiedTables,
  EventState,
  StoreCopy,
} from "../store_copy.ts";
import { PostgresContents } from "./contents.ts";
import { Database } from "./database.ts";
import { cannotOpen, describeFault } from "./errors.ts";
import { DURABLE } from "./durable.ts";
import { DEAD_SECONDS } from "./instance.ts";
import { partitionOf } from "./partition.ts";
import { migrate, SCHEMA_VERSION, UNFINISHED_VERSIONS } from "./schema.ts";

const UNFINISHED = UNFINISHED_VERSIONS + SCHEMA_VERSION;

const COLUMNS = namesOf(EVENT_COLUMNS).join(", ");
const ATTEMPT_NAMES = namesOf(ATTEMPT_COLUMNS).join(", ");
const DISPATCH_NAMES = namesOf(DISPATCH_COLUMNS).join(", ");

/** Bodies are given in base64: the driver has no arrays of bytes. */
const ADD = `
  WITH input AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::$schema.events, $1::text::json)
  ), kept AS (
    INSERT INTO $schema.bodies (seq, content_type, body, digest, headers)
    SELECT i.seq, i.content_type, decode(b.body, 'base64'),
      decode(i.digest, 'base64'), i.headers
    FROM json_to_recordset($1::text::json)
        AS i(n int, seq bigint, content_type text, digest text, headers text)
      JOIN unnest($2::text[]) WITH ORDINALITY AS b(body, n) USING (n)
    ON CONFLICT DO NOTHING
  ), session AS MATERIALIZED (SELECT ${DURABLE})
  INSERT INTO $schema.events (seq, partition, ${COLUMNS})
  SELECT seq, partition, ${COLUMNS} FROM input CROSS JOIN session
  ON CONFLICT DO NOTHING`;

const UPDATE = `
  WITH counted AS (
    UPDATE $schema.events e SET duplicates = i.duplicates,
      duplicates_differing = i.duplicates_differing,
      erased_at_ms = i.erased_at_ms
    FROM json_populate_recordset(NULL::$schema.events, $1::text::json) i
    WHERE e.seq = i.seq
      AND (e.duplicates, e.duplicates_differing, e.erased_at_ms)
        IS DISTINCT FROM
        (i.duplicates, i.duplicates_differing, i.erased_at_ms)
  ), cleared AS (
    UPDATE $schema.bodies b SET content_type = NULL, headers = NULL, body = ''
    FROM json_populate_recordset(NULL::$schema.events, $1::text::json) i
    WHERE b.seq = i.seq AND i.erased_at_ms IS NOT NULL
  ), dispatched AS (
    INSERT INTO $schema.dispatches AS d (seq, partition, status, ${DISPATCH_NAMES})
    SELECT i.seq, e.partition, i.status, ${
  namesOf(DISPATCH_COLUMNS).map((name) => `i.${name}`)
} FROM json_populate_recordset(NULL::$schema.dispatches, $2::text::json) i
      JOIN $schema.events e USING (seq)
    ON CONFLICT (seq, destination) DO UPDATE SET status = excluded.status,
      due_at_ms = excluded.due_at_ms, attempts = excluded.attempts,
      failures = excluded.failures, replays = excluded.replays
  ), attempted AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(NULL::$schema.attempts, $3::text::json)
  ), removed AS (
    DELETE FROM $schema.attempts a WHERE a.seq IN (
        SELECT seq FROM json_to_recordset($1::text::json) AS i(seq bigint))
      AND a.attempt_seq NOT IN (SELECT attempt_seq FROM attempted)
  ), session AS MATERIALIZED (SELECT ${DURABLE})
  INSERT INTO $schema.attempts (attempt_seq, seq, destination, ${ATTEMPT_NAMES})
  SELECT attempt_seq, seq, destination, ${ATTEMPT_NAMES}
  FROM attempted CROSS JOIN session
  ON CONFLICT (attempt_seq) DO UPDATE SET seq = excluded.seq,
    destination = excluded.destination, ${
  namesOf(ATTEMPT_COLUMNS).map((name) => `${name} = excluded.${name}`)
}`;

/** The counters continue after what was copied. */
const FINISH = `
  UPDATE $schema.counters SET value =
    (SELECT coalesce(max(seq), 0) FROM $schema.events) WHERE name = 'events';
  UPDATE $schema.counters SET value =
    (SELECT coalesce(max(seq), 0) - count(*) FROM $schema.events)
    WHERE name = 'gaps';
  UPDATE $schema.counters SET value =
    (SELECT coalesce(max(attempt_seq), 0) FROM $schema.attempts)
    WHERE name = 'attempts';
  UPDATE $schema.schema_version SET version = ${SCHEMA_VERSION};`;

/**
 * Creates a store as a copy, or opens one that is not finished.
 *
 * @throws {StoreError} If there is a store with events already, a server has it, or it
 *   cannot be opened.
 */
export async function openPostgresCopy(
  url: string,
  place: PostgresUrl,
): Promise<StoreCopy> {
  const database = new Database(place, { connectionsMax: 1 });
  try {
    const [row] = await database.query(
      `SELECT to_regclass('$schema.schema_version') IS NOT NULL AS is_there`,
    );
    const [found] = row?.is_there
      ? await database.query("SELECT version FROM $schema.schema_version")
      : [];
    if (Number(found?.version) !== UNFINISHED) await begin(database);
    return new PostgresCopy(database);
  } catch (error) {
    await database.close();
    throw cannotOpen(withoutPassword(url), error);
  }
}

async function begin(database: Database): Promise<void> {
  await migrate(database);
  const [row] = await database.query(
    `SELECT EXISTS (SELECT FROM $schema.events) AS has_events,
       EXISTS (SELECT FROM $schema.instances WHERE seen_at >
         clock_timestamp() - ${DEAD_SECONDS} * interval '1 s') AS is_served`,
  );
  if (row?.has_events) {
    throw new StoreError(
      "it already holds events, and is not an unfinished copy",
      "Copy to a place where there is no store yet, as with ?schema=NAME",
    );
  }
  if (row?.is_served) {
    throw new StoreError(
      "a server has it open",
      "Stop that server first, or copy to another place",
    );
  }
  await database.query(
    `UPDATE $schema.schema_version SET version = ${UNFINISHED}`,
  );
}

class PostgresCopy extends PostgresContents implements StoreCopy {
  async add(events: readonly CopiedEvent[]): Promise<void> {
    const rows = events.map(({ seq, content }, i) => ({
      n: i + 1,
      seq,
      partition: partitionOf({ seq, objectId: content.objectId }),
      content_type: content.contentType,
      digest: content.digest && content.digest.toBase64(),
      headers: content.headers,
      ...recordOf(EVENT_COLUMNS, content),
    }));
    const bodies = events.map(({ content }) => content.body.toBase64());
    await this.#write(ADD, [
      JSON.stringify(rows),
      `{"${bodies.join('","')}"}`,
    ]);
    await this.update(events);
  }

  async update(states: readonly EventState[]): Promise<void> {
    const events = states.map((one) => ({
      seq: one.seq,
      duplicates: one.duplicates,
      duplicates_differing: one.duplicatesDiffering,
      erased_at_ms: one.erasedAtMs,
    }));
    const dispatches = states.flatMap(({ seq, dispatches }) =>
      dispatches.map((one) => ({
        seq,
        status: STATUS_CODES[one.status],
        ...recordOf(DISPATCH_COLUMNS, one),
      }))
    );
    const attempts = states.flatMap(({ seq, attempts }) =>
      attempts.map((one) => ({
        seq,
        attempt_seq: one.attemptSeq,
        destination: one.destination,
        ...recordOf(ATTEMPT_COLUMNS, one),
      }))
    );
    const values = [events, dispatches, attempts];
    await this.#write(UPDATE, values.map((rows) => JSON.stringify(rows)));
  }

  async finish(tables: CopiedTables): Promise<void> {
    for (const [name, rows] of Object.entries(tables)) {
      await this.#write(`DELETE FROM $schema.${name}`);
      await this.#write(
        `INSERT INTO $schema.${name} SELECT *
         FROM json_populate_recordset(NULL::$schema.${name}, $1::text::json)`,
        [JSON.stringify(rows)],
      );
    }
    await this.#write(FINISH);
  }

  async #write(text: string, values: readonly string[] = []): Promise<void> {
    try {
      await this.run(text, values);
    } catch (error) {
      const { message, hint } = describeFault(error);
      throw new StoreError(`Cannot write the copy: ${message}`, hint);
    }
  }
}
