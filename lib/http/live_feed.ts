// The live feed of new events and attempts. It polls the store for all watchers together,
// in the store's order and numbering: at most ten times a second, and only after writes.

import type { SetTimer } from "../clock.ts";
import { InboxError } from "../errors.ts";
import { attemptRowFields, eventFields } from "../views/event_json.ts";
import type { Logger } from "../log.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { rejectedFields } from "../monitor/rejected_list.ts";
import type { Cursor, EventReader, News } from "../store/event_reader.ts";

/** The shortest time between two polls. */
const POLL_MS = 100;

/** The wait after the store could not be read. */
const RETRY_MS = 1_000;

/** The most events, and the most attempts, of one poll. */
const NEWS_MAX = 250;

/** Heartbeat interval; keeps idle connections detectable. */
const HEARTBEAT_MS = 15_000;

/** A message to the watchers. */
export type LiveMessage =
  | { readonly kind: "event"; readonly seq: number; readonly data: string }
  | {
    readonly kind: "attempt";
    readonly attemptSeq: number;
    readonly data: string;
  }
  /** A stored event that was received again, with its number of duplicates. */
  | { readonly kind: "duplicate"; readonly seq: number; readonly data: string }
  | { readonly kind: "rejected"; readonly data: string }
  | { readonly kind: "heartbeat" };

/** A receiver of messages. */
export type Watcher = (message: LiveMessage) => void;

/** Dependencies of {@linkcode LiveFeed}. */
export interface LiveFeedDeps {
  readonly reader: EventReader;
  readonly monitor: Monitor;
  readonly logger: Logger;
  readonly setTimer: SetTimer;
}

/** A feed for all watchers at a time. */
export class LiveFeed {
  readonly #deps: LiveFeedDeps;
  readonly #watchers = new Set<Watcher>();
  readonly #stopListening: () => void;
  /** Ids of events that were received again. */
  readonly #duplicates = new Set<string>();
  #cursor: Cursor = { seq: 0, attemptSeq: 0 };
  #isStale = false;
  /** Polling, or waiting for the next poll. */
  #isBusy = true;
  #isEnded = false;
  #cancelPoll = () => {};
  #cancelHeartbeat = () => {};

  /** Resolves once {@linkcode cursor} is known; rejects with a `StoreError`. */
  readonly ready: Promise<void>;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
    this.#stopListening = deps.monitor.listen({
      committed: () => this.#wake(),
      duplicate: (eventId) => {
        this.#duplicates.add(eventId);
        this.#wake();
      },
      rejected: (rejected) =>
        this.#send({
          kind: "rejected",
          data: JSON.stringify(rejectedFields(rejected)),
        }),
    });
    this.ready = this.#begin();
  }

  /** The position after all that was sent. */
  get cursor(): Cursor {
    return this.#cursor;
  }

  /**
   * Sends everything after the current {@linkcode cursor} to a watcher.
   *
   * @param watcher Must not throw.
   */
  join(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  /** Removes a watcher. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Ends the feed. */
  end(): void {
    this.#isEnded = true;
    this.#stopListening();
    this.#cancelPoll();
    this.#cancelHeartbeat();
  }

  async #begin(): Promise<void> {
    this.#cursor = await this.#deps.reader.end();
    if (this.#isEnded) return;
    this.#isBusy = false;
    this.#setHeartbeat();
    this.#pollIfNeeded();
  }

  #wake(): void {
    this.#isStale = true;
    this.#pollIfNeeded();
  }

  #pollIfNeeded(): void {
    if (this.#isBusy || !this.#isStale) return;
    this.#isBusy = true;
    this.#isStale = false;
    void this.#poll().then((pauseMs) => {
      if (this.#isEnded) return;
      this.#cancelPoll = this.#deps.setTimer(() => {
        this.#isBusy = false;
        this.#pollIfNeeded();
      }, pauseMs);
    });
  }

  /** Polls once; resolves to the wait before the next poll. */
  async #poll(): Promise<number> {
    const { reader, logger } = this.#deps;
    try {
      const news = await reader.news(this.#cursor, NEWS_MAX);
      this.#sendNews(news);
      await this.#sendDuplicates();
      const { events, attempts } = news;
      if (Math.max(events.length, attempts.length) === NEWS_MAX) {
        this.#isStale = true;
      }
      return POLL_MS;
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      const { message: fault, hint } = error;
      if (!this.#isEnded) logger.log({ msg: "store failed", fault, hint });
      this.#isStale = true;
      return RETRY_MS;
    }
  }

  #sendNews(news: News): void {
    for (const message of messagesOf(news)) this.#send(message);
    this.#cursor = cursorAfter(news, this.#cursor);
  }

  /** Sends duplicates, which the store does not number. */
  async #sendDuplicates(): Promise<void> {
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
    if (this.#duplicates.size > 0) this.#isStale = true;
    for (const row of rows) {
      const data = JSON.stringify(eventFields(row));
      this.#send({ kind: "duplicate", seq: row.seq, data });
    }
  }

  #send(message: LiveMessage): void {
    if (this.#isEnded) return;
    for (const watcher of this.#watchers) watcher(message);
  }

  #setHeartbeat(): void {
    this.#cancelHeartbeat = this.#deps.setTimer(() => {
      this.#send({ kind: "heartbeat" });
      this.#setHeartbeat();
    }, HEARTBEAT_MS);
  }
}

/**
 * Converts news to messages.
 *
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
