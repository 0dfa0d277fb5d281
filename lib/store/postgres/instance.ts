import { VERSION } from "../../version.ts";
import {
  type DestinationDigests,
  findDisagreement,
} from "../destination_digests.ts";
import type { StoreFault } from "../store_fault.ts";
import type { Database } from "./database.ts";

/** The time between signs of life. */
const ALIVE_MS = 10_000;

/** An instance without a sign of life for so long counts as dead. */
export const DEAD_SECONDS = 30;

/** The row by which others know of this instance, while it has something to say. */
export class Instance {
  readonly #database: Database;
  /** The ids of its keys of the settings; null without keys. */
  keyIds: readonly string[] | null = null;
  readonly #id = crypto.randomUUID();
  #localUrl: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  readonly #onDisagreement: ((fault: StoreFault | null) => void) | undefined;
  #destinations: DestinationDigests | null = null;
  #told: string | undefined;

  /** @param onDisagreement As in `StoreOptions`. */
  constructor(
    database: Database,
    onDisagreement?: (fault: StoreFault | null) => void,
  ) {
    this.#database = database;
    this.#onDisagreement = onDisagreement;
  }

  /** Publishes the URL of its local listener. */
  async publish(localUrl: string | null): Promise<void> {
    this.#localUrl = localUrl;
    this.#timer ??= setInterval(
      () => void this.#write().catch(() => {}),
      ALIVE_MS,
    );
    await this.#write();
  }

  /** Publishes its destinations; before the URL, they go with that. */
  async publishDestinations(destinations: DestinationDigests): Promise<void> {
    this.#destinations = destinations;
    if (this.#timer !== undefined) await this.#write();
  }

  /** Removes the row. */
  async close(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    await this.#database.query("DELETE FROM $schema.instances WHERE id = $1", [
      this.#id,
    ]).catch(() => {}); // It counts as dead soon.
  }

  async #write(): Promise<void> {
    await this.#database.query(
      `WITH removed AS (
         DELETE FROM $schema.instances
         WHERE seen_at < clock_timestamp() - interval '1 day'
       )
       INSERT INTO $schema.instances
         (id, local_url, version, key_ids, destinations)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE
       SET local_url = excluded.local_url, destinations = excluded.destinations,
         seen_at = clock_timestamp()`,
      [
        this.#id,
        this.#localUrl,
        VERSION,
        this.keyIds && JSON.stringify(this.keyIds),
        this.#destinations && JSON.stringify(this.#destinations),
      ],
    );
    const fault = findDisagreement(await readDestinations(this.#database));
    if (fault?.message === this.#told) return;
    this.#told = fault?.message;
    this.#onDisagreement?.(fault);
  }
}

/** Reads the destinations of all that are alive, but for those of an older version. */
export async function readDestinations(
  database: Database,
): Promise<DestinationDigests[]> {
  const rows = await database.query(
    `SELECT destinations FROM (
       SELECT to_jsonb(i) ->> 'destinations' AS destinations
       FROM $schema.instances i WHERE seen_at >
         clock_timestamp() - ${DEAD_SECONDS} * interval '1 s') alive
     WHERE destinations IS NOT NULL`,
  );
  return rows.map(({ destinations }) => JSON.parse(String(destinations)));
}
