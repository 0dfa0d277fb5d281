// The audit trail in a PostgreSQL store. Its acts are rare, so that it connects for
// each and keeps no connection.

import {
  type AuditEntry,
  type AuditRecord,
  type AuditTrail,
  parseRecord,
  recordAfter,
  writeRecord,
} from "../audit.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import { Database } from "./database.ts";
import { cannotOpen, isTaken } from "./errors.ts";
import { readVersion } from "./schema.ts";

const PAGE = 1_000;

/** An audit trail that all instances append to. */
export class PostgresAudit implements AuditTrail {
  readonly #place: PostgresUrl;
  /** For errors. */
  readonly #shown: string;

  constructor(place: PostgresUrl, shown: string) {
    this.#place = place;
    this.#shown = shown;
  }

  append(entry: AuditEntry, nowMs: number): Promise<AuditRecord> {
    return this.#with(async (database) => {
      for (;;) {
        const record = recordAfter(await lastOf(database), entry, nowMs);
        try {
          await database.query(
            "INSERT INTO $schema.audit VALUES ($1::bigint, $2)",
            [record.number, writeRecord(record)],
          );
          return record;
        } catch (error) {
          // Another instance was faster.
          if (!isTaken(error)) throw error;
        }
      }
    });
  }

  last(): Promise<AuditRecord | undefined> {
    return this.#with(lastOf);
  }

  async *records(): AsyncIterable<AuditRecord | undefined> {
    let after = 0;
    let rows;
    do {
      rows = await this.#with(async (database) => {
        // Before there is a store there is no trail.
        if (await readVersion(database) === 0) return [];
        return await database.query(
          `SELECT number, record FROM $schema.audit WHERE number > $1::bigint
           ORDER BY number LIMIT ${PAGE}`,
          [after],
        );
      });
      for (const { record } of rows) yield parseRecord(String(record));
      after = Number(rows.at(-1)?.number);
    } while (rows.length === PAGE);
  }

  async #with<Value>(
    use: (database: Database) => Promise<Value>,
  ): Promise<Value> {
    const database = new Database(this.#place, { connectionsMax: 1 });
    try {
      return await use(database);
    } catch (error) {
      throw cannotOpen(this.#shown, error);
    } finally {
      await database.close();
    }
  }
}

async function lastOf(database: Database): Promise<AuditRecord | undefined> {
  const [row] = await database.query(
    "SELECT record FROM $schema.audit ORDER BY number DESC LIMIT 1",
  );
  return row && parseRecord(String(row.record));
}
