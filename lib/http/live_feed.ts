/**
 * What happens, told to all who watch. It comes from the store, so that its order and
 * its numbers are the store's, and all share one look at it: at most ten a second,
 * and none when nobody watches or nothing was written.
 *
 * @module
 */

import type { SetTimer } from "../clock.ts";
import { InboxError } from "../errors.ts";
import { attemptRowFields, eventFields } from "../views/event_json.ts";
import type { Logger } from "../log.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { rejectedFields } from "../monitor/rejected_list.ts";
import type { Cursor, EventReader, News } from "../store/store.ts";

/** The shortest time between two looks. */
const LOOK_MS = 100;

/** How long to wait when the store cannot be read. */
const RETRY_MS = 1_000;

/** The most events, and the most attempts, of one look. */
const NEWS_MAX = 250;

/** So often something is said even if nothing happens: silence may be a dead line. */
const BEAT_MS = 15_000;

/** Something to be told. */
export type LiveMessage =
  | { readonly kind: "event"; readonly seq: number; readonly data: string }
  | {
    readonly kind: "attempt";
    readonly attemptSeq: number;
    readonly data: string;
  }
  /** The event once more, with how many copies there are by now. */
  | { readonly kind: "duplicate"; readonly seq: number; readonly data: string }
  | { readonly kind: "rejected"; readonly data: string }
  | { readonly kind: "beat" };

/** Is told what happens. */
export type Watcher = (message: LiveMessage) => void;

/** What the feed works with. */
export interface LiveFeedDeps {
  readonly reader: EventReader;
  readonly monitor: Monitor;
  readonly logger: Logger;
  readonly setTimer: SetTimer;
}

/** One feed serves all who watch at a time. */
export class LiveFeed {
  readonly #deps: LiveFeedDeps;
  readonly #watchers = new Set<Watcher>();
  readonly #stopListening: () => void;
  /** Ids of events of which copies came. */
  readonly #duplicates = new Set<string>();
  #cursor: Cursor = { seq: 0, attemptSeq: 0 };
  #hasNews = false;
  /** Looking, or has just looked. */
  #isBusy = true;
  #isEnded = false;
  #cancelLook = () => {};
  #cancelBeat = () => {};

  /** Resolves once {@linkcode cursor} is known; rejects with a `StoreError`. */
  readonly ready: Promise<void>;

  /** @param deps Where it looks. */
  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
    this.#stopListening = deps.monitor.listen({
      committed: () => this.#wake(),
      duplicate: (eventId) => {
        this.#duplicates.add(eventId);
        this.#wake();
      },
      rejected: (rejected) =>
        this.#tell({
          kind: "rejected",
          data: JSON.stringify(rejectedFields(rejected)),
        }),
    });
    this.ready = this.#begin();
  }

  /** The place after all that was told. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  /**
   * Tells of all that comes after {@linkcode cursor}, as that is now.
   *
   * @param watcher Who is told; it must not throw.
   */
  join(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  /** Tells no more. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Ends it: nothing is told any more. */
  end(): void {
    this.#isEnded = true;
    this.#stopListening();
    this.#cancelLook();
    this.#cancelBeat();
  }

  async #begin(): Promise<void> {
    this.#cursor = await this.#deps.reader.end();
    if (this.#isEnded) return;
    this.#isBusy = false;
    this.#setBeat();
    this.#lookIfWanted();
  }

  #wake(): void {
    this.#hasNews = true;
    this.#lookIfWanted();
  }

  #lookIfWanted(): void {
    if (this.#isBusy || !this.#hasNews) return;
    this.#isBusy = true;
    this.#hasNews = false;
    void this.#look().then((pauseMs) => {
      if (this.#isEnded) return;
      this.#cancelLook = this.#deps.setTimer(() => {
        this.#isBusy = false;
        this.#lookIfWanted();
      }, pauseMs);
    });
  }

  /** Looks once; resolves to how long to wait before the next look. */
  async #look(): Promise<number> {
    const { reader, logger } = this.#deps;
    try {
      const news = await reader.news(this.#cursor, NEWS_MAX);
      this.#tellNews(news);
      await this.#tellDuplicates();
      const { events, attempts } = news;
      if (Math.max(events.length, attempts.length) === NEWS_MAX) {
        this.#hasNews = true;
      }
      return LOOK_MS;
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      const { message: fault, hint } = error;
      if (!this.#isEnded) logger.log({ msg: "store failed", fault, hint });
      this.#hasNews = true;
      return RETRY_MS;
    }
  }

  #tellNews(news: News): void {
    for (const message of messagesOf(news)) this.#tell(message);
    this.#cursor = cursorAfter(news, this.#cursor);
  }

  /** Not among the news: the store does not number them. */
  async #tellDuplicates(): Promise<void> {
    const ids = [...this.#duplicates].slice(0, NEWS_MAX);
    if (ids.length === 0) return;
    for (const id of ids) this.#duplicates.delete(id);
    const { reader } = this.#deps;
    const rows = await reader.list({ ids, limit: ids.length }).catch(
      (error) => {
        for (const id of ids) this.#duplicates.add(id);
        throw error;
      },
    );
    if (this.#duplicates.size > 0) this.#hasNews = true;
    for (const row of rows) {
      const data = JSON.stringify(eventFields(row));
      this.#tell({ kind: "duplicate", seq: row.seq, data });
    }
  }

  #tell(message: LiveMessage): void {
    if (this.#isEnded) return;
    for (const watcher of this.#watchers) watcher(message);
  }

  #setBeat(): void {
    this.#cancelBeat = this.#deps.setTimer(() => {
      this.#tell({ kind: "beat" });
      this.#setBeat();
    }, BEAT_MS);
  }
}

/**
 * Puts news into words.
 *
 * @param news What came in.
 * @returns Messages in order: an event before its attempts.
 */
export function messagesOf({ events, attempts }: News): LiveMessage[] {
  return [
    ...events.map((row): LiveMessage => ({
      kind: "event",
      seq: row.seq,
      data: JSON.stringify(eventFields(row)),
    })),
    ...attempts.map((row): LiveMessage => ({
      kind: "attempt",
      attemptSeq: row.attemptSeq,
      data: JSON.stringify(attemptRowFields(row)),
    })),
  ];
}

function cursorAfter({ events, attempts }: News, before: Cursor): Cursor {
  return {
    seq: events.at(-1)?.seq ?? before.seq,
    attemptSeq: attempts.at(-1)?.attemptSeq ?? before.attemptSeq,
  };
}
