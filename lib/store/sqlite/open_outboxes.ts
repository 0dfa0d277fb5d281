import { DatabaseSync } from "node:sqlite";
import type { Outboxes, OutboxesOptions } from "../outbox.ts";
import { prepareForWriting, SqliteConnection } from "./connection.ts";
import { cannotOpen } from "./errors.ts";
import { LogFile } from "./log_file.ts";
import { SqliteOutboxes } from "./outbox.ts";
import { checkSchema } from "./schema.ts";
import { StoreGate } from "./store_gate.ts";

/**
 * Opens the dispatching side of a store that this process has open.
 *
 * @param shared The shared memory of the store's ticket.
 * @param options Listeners for commits and failures.
 * @returns The outboxes, on a connection of their own.
 * @throws {StoreError} When it cannot be opened.
 */
export function openSqliteOutboxes(
  path: string,
  shared: SharedArrayBuffer,
  options: OutboxesOptions = {},
): Outboxes {
  try {
    const target = Deno.realPathSync(path);
    const db = new DatabaseSync(target);
    prepareForWriting(db);
    checkSchema(db);
    // The receiving side, which lives longer, tells when the log was cut off.
    const log = new LogFile(target, { hasIndex: false });
    const gate = new StoreGate(shared);
    const connection = new SqliteConnection(db, { gate, log });
    return new SqliteOutboxes(connection, { ...options, isOwner: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
}
