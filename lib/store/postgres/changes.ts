// Changes that others commit: by notifications where the database and its pooler have
// them, and by polling each second, so that none is missed for long.

import type { StoreChange } from "../store.ts";
import { Database } from "./database.ts";
import type { PostgresUrl } from "../postgres_url.ts";

/** The time between looks. */
const POLL_MS = 1_000;

/** A store's position, as it was last looked at. */
interface Position {
  readonly events: number;
  readonly requeues: number;
}

const POSITION = `
  SELECT
    (SELECT value FROM $schema.counters WHERE name = 'events') AS events,
    (SELECT value FROM $schema.counters WHERE name = 'requeues') AS requeues,
    (SELECT min(from_seq) FROM $schema.requeues WHERE number > $1::bigint)
      AS from_seq,
    (SELECT min(number) FROM $schema.requeues) AS oldest`;

/** The text of a notification. */
export function notification(kind: "events" | "requeues", origin: string) {
  return `${kind} ${origin}`;
}

/** Options of {@linkcode Changes}. */
export interface ChangesOptions {
  /** The channel of notifications. */
  readonly channel: string;
  /** The name of this process in notifications; its own tell it nothing. */
  readonly origin: string;
  /** Told of what is committed from now on. */
  readonly onChange: (change: StoreChange) => void;
}

/** Watches a store on a connection of its own. */
export class Changes {
  readonly #database: Database;
  readonly #options: ChangesOptions;
  #position: Position = { events: 0, requeues: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;
  #isStopped = false;

  private constructor(place: PostgresUrl, options: ChangesOptions) {
    this.#options = options;
    this.#database = new Database(place, {
      connectionsMax: 1,
      onNotify: (payload) => this.#hear(payload),
    });
  }

  /**
   * Begins to watch.
   *
   * @throws {Error} If the database cannot be asked.
   */
  static async watch(
    place: PostgresUrl,
    options: ChangesOptions,
  ): Promise<Changes> {
    const changes = new Changes(place, options);
    try {
      const { events, requeues } = await changes.#read();
      changes.#position = { events, requeues };
    } catch (error) {
      await changes.stop();
      throw error;
    }
    changes.#setTimer();
    return changes;
  }

  /** Ends the watch. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    await this.#database.close();
  }

  #hear(payload: string): void {
    const [kind, origin] = payload.split(" ");
    if (this.#isStopped || origin === this.#options.origin) return;
    if (kind === "events") this.#options.onChange({});
    else this.#look();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#look(), POLL_MS);
  }

  #look(): void {
    this.#isStale = true;
    this.#looking ??= this.#lookUntilFresh().finally(() => {
      this.#looking = undefined;
      this.#setTimer();
    });
  }

  async #lookUntilFresh(): Promise<void> {
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      try {
        const { events, requeues, fromSeq } = await this.#read();
        const before = this.#position;
        this.#position = { events, requeues };
        if (requeues > before.requeues) this.#options.onChange({ fromSeq });
        else if (events > before.events) this.#options.onChange({});
      } catch {
        // Whoever writes or reads tells of it; the next look follows.
      }
    }
  }

  async #read(): Promise<Position & { readonly fromSeq: number }> {
    // Again each time, as it may be another connection.
    await this.#database.query(`LISTEN "${this.#options.channel}"`);
    const after = this.#position.requeues;
    const [row] = await this.#database.query(POSITION, [after]);
    const isMissing = Number(row?.oldest ?? 1) > after + 1;
    return {
      events: Number(row?.events),
      requeues: Number(row?.requeues),
      fromSeq: isMissing ? 1 : Number(row?.from_seq ?? 1),
    };
  }
}
