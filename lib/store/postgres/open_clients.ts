// Opening of the clients of a PostgreSQL store, in any thread. They connect when they
// are first used. An instance has twelve connections at most: 2 write, 1 listens, 3 read,
// 2 erase, for the commands of the local listener and the library 2 more each at most.

import type { EventReader } from "../event_reader.ts";
import type { Outboxes, OutboxesOptions } from "../outbox.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import { Database } from "./database.ts";
import { PostgresOutboxes } from "./outbox.ts";
import { createPostgresReader, type ReaderOptions } from "./reader.ts";

/** Opens a reader. */
export function openPostgresReader(
  place: PostgresUrl,
  options: ReaderOptions = {},
): EventReader {
  const database = new Database(place, { connectionsMax: 2 });
  return createPostgresReader(database, options);
}

/** Opens the dispatching side. */
export function openPostgresOutboxes(
  place: PostgresUrl,
  options: OutboxesOptions = {},
): Outboxes {
  const database = new Database(place, { connectionsMax: 3 });
  return new PostgresOutboxes(database, options);
}
