/**
 * One client of `GET /api/stream`. If it comes back with the last id it saw, it first
 * gets what it missed, as fast as it reads; then it gets what happens. In between
 * nothing is lost and nothing comes twice, as both are numbered by the store.
 *
 * @module
 */

import type { ServerSentEventMessage } from "@std/http/server-sent-event-stream";
import { InboxError } from "../errors.ts";
import type { Cursor, EventReader } from "../store/store.ts";
import { type LiveFeed, type LiveMessage, messagesOf } from "./live_feed.ts";

/** So many messages may wait for a client; then it is dropped. */
const WAITING_MAX = 1_000;

/** The most events, and the most attempts, that are read at once to catch up. */
const CATCH_UP_MAX = 250;

/** What a client is served from. */
export interface EventStreamDeps {
  readonly feed: LiveFeed;
  readonly reader: EventReader;
  /** Called once there is no client any more. */
  readonly onGone: () => void;
}

/** The stream of one client. */
export class EventStream {
  readonly #deps: EventStreamDeps;
  readonly #watch = (message: LiveMessage) => this.#take(message);
  #waiting: ServerSentEventMessage[] = [];
  /** Resolved when something waits, or nothing will any more. */
  #arrival = Promise.withResolvers<void>();
  /** The place after all that it has, or that waits for it. */
  #at: Cursor = { seq: 0, attemptSeq: 0 };
  /** Whether it has all that the feed told others, so that it may be told, too. */
  #isLive = false;
  #isOver = false;

  /** @param deps Where it comes from. */
  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  /**
   * Begins.
   *
   * @param after The place after what the client has; null when it wants no past.
   * @returns What to send.
   * @throws {StoreError} When the store cannot be read.
   */
  async open(
    after: Cursor | null,
  ): Promise<ReadableStream<ServerSentEventMessage>> {
    const { feed, reader } = this.#deps;
    await feed.ready;
    // A place that is not there yet is one of an older store.
    this.#at = after === null ? feed.cursor : least(after, await reader.end());
    // So that it can come back here even if nothing happens before it goes.
    this.#waiting.push({ comment: "connected", id: idOf(this.#at) });
    feed.join(this.#watch);
    return new ReadableStream<ServerSentEventMessage>({
      pull: (controller) => this.#give(controller),
      cancel: () => this.#drop(),
    }, { highWaterMark: 0 });
  }

  /** Ends the stream after what waits. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#arrival.resolve();
    this.#deps.feed.leave(this.#watch);
    this.#deps.onGone();
  }

  /** Called when the client has read what it was given. */
  async #give(
    controller: ReadableStreamDefaultController<ServerSentEventMessage>,
  ): Promise<void> {
    let message: ServerSentEventMessage | undefined;
    while ((message = this.#waiting.shift()) === undefined) {
      if (this.#isOver) return controller.close();
      if (this.#isLive) await this.#nextArrival();
      else await this.#catchUp();
    }
    controller.enqueue(message);
  }

  async #nextArrival(): Promise<void> {
    this.#arrival = Promise.withResolvers();
    await this.#arrival.promise;
  }

  /** Reads a part of what it missed. */
  async #catchUp(): Promise<void> {
    const { feed, reader } = this.#deps;
    this.#isLive = !isBefore(this.#at, feed.cursor);
    if (this.#isLive) return;
    try {
      const news = await reader.news(this.#at, CATCH_UP_MAX);
      for (const message of messagesOf(news)) this.#send(message);
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      this.#drop(); // It is told what is wrong when it comes back.
    }
  }

  #take(message: LiveMessage): void {
    const isPast = message.kind === "event" || message.kind === "attempt";
    if (isPast && !this.#isLive) return; // It reads that by itself.
    if (this.#waiting.length < WAITING_MAX) return this.#send(message);
    if (message.kind === "beat") return;
    this.#drop();
  }

  /** Ends the stream now. The client may come back: by its last id nothing is lost. */
  #drop(): void {
    this.#waiting = [];
    this.end();
  }

  #send(message: LiveMessage): void {
    if (message.kind === "event") {
      if (message.seq <= this.#at.seq) return;
      this.#at = { ...this.#at, seq: message.seq };
    } else if (message.kind === "attempt") {
      if (message.attemptSeq <= this.#at.attemptSeq) return;
      this.#at = { ...this.#at, attemptSeq: message.attemptSeq };
    } else if (message.kind === "duplicate" && message.seq > this.#at.seq) {
      return; // It is still to be told of the event itself.
    }
    this.#waiting.push(
      message.kind === "beat" ? { comment: "beat" } : {
        event: message.kind === "duplicate" ? "event" : message.kind,
        data: message.data,
        id: idOf(this.#at),
      },
    );
    this.#arrival.resolve();
  }
}

/**
 * Reads the id of a message.
 *
 * @param text As it was sent.
 * @returns The place after it; null if it is none.
 */
export function parseStreamId(text: string): Cursor | null {
  const [, seq, attemptSeq] = /^([0-9]{1,15})\.([0-9]{1,15})$/.exec(text) ?? [];
  if (seq === undefined || attemptSeq === undefined) return null;
  return { seq: Number(seq), attemptSeq: Number(attemptSeq) };
}

function idOf({ seq, attemptSeq }: Cursor): string {
  return `${seq}.${attemptSeq}`;
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return a.seq < b.seq || a.attemptSeq < b.attemptSeq;
}

function least(a: Cursor, b: Cursor): Cursor {
  return {
    seq: Math.min(a.seq, b.seq),
    attemptSeq: Math.min(a.attemptSeq, b.attemptSeq),
  };
}
