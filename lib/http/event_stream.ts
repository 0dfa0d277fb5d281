// The stream of one client of `GET /api/stream`. A client that resumes from an id first
// gets what it missed, as fast as it reads, then live messages. Nothing is lost or
// repeated in between, as the store numbers both.

import type { ServerSentEventMessage } from "@std/http/server-sent-event-stream";
import { InboxError } from "../errors.ts";
import type { Cursor, EventReader } from "../store/event_reader.ts";
import { type LiveFeed, type LiveMessage, messagesOf } from "./live_feed.ts";

/** Messages that may wait for a client before it is dropped. */
const WAITING_MAX = 1_000;

/** The most events, and the most attempts, read at once to catch up. */
const CATCH_UP_MAX = 250;

/** Dependencies of {@linkcode EventStream}. */
export interface EventStreamDeps {
  readonly feed: LiveFeed;
  readonly reader: EventReader;
  /** Called once when the stream has ended. */
  readonly onGone: () => void;
}

/** The stream of one client. */
export class EventStream {
  readonly #deps: EventStreamDeps;
  readonly #watch = (message: LiveMessage) => this.#take(message);
  #waiting: ServerSentEventMessage[] = [];
  /** Resolved when a message waits, or the stream has ended. */
  #arrival = Promise.withResolvers<void>();
  /** The position after all that was sent or waits. */
  #cursor: Cursor = { seq: 0, attemptSeq: 0 };
  /** True once it has caught up with the feed. */
  #isLive = false;
  #isOver = false;

  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  /**
   * Opens the stream.
   *
   * @param after The position to resume from; null to start live.
   * @throws {StoreError} If the store cannot be read.
   */
  async open(
    after: Cursor | null,
  ): Promise<ReadableStream<ServerSentEventMessage>> {
    const { feed, reader } = this.#deps;
    await feed.ready;
    // A position beyond the end is from another store.
    this.#cursor = after === null
      ? feed.cursor
      : least(after, await reader.end());
    // Lets the client resume here even if nothing else is sent.
    this.#waiting.push({ comment: "connected", id: idOf(this.#cursor) });
    feed.join(this.#watch);
    return new ReadableStream<ServerSentEventMessage>({
      pull: (controller) => this.#give(controller),
      cancel: () => this.#drop(),
    }, { highWaterMark: 0 });
  }

  /** Ends the stream after the waiting messages. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#arrival.resolve();
    this.#deps.feed.leave(this.#watch);
    this.#deps.onGone();
  }

  /** Called when the client has read the last message. */
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

  /** Reads some of what it missed. */
  async #catchUp(): Promise<void> {
    const { feed, reader } = this.#deps;
    this.#isLive = !isBefore(this.#cursor, feed.cursor);
    if (this.#isLive) return;
    try {
      const news = await reader.news(this.#cursor, CATCH_UP_MAX);
      for (const message of messagesOf(news)) this.#send(message);
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      this.#drop(); // It gets the error when it reconnects.
    }
  }

  #take(message: LiveMessage): void {
    const isPast = message.kind === "event" || message.kind === "attempt";
    if (isPast && !this.#isLive) return; // It reads that while catching up.
    if (this.#waiting.length < WAITING_MAX) return this.#send(message);
    if (message.kind === "heartbeat") return;
    this.#drop();
  }

  /** Ends the stream now. The client may resume from its last id. */
  #drop(): void {
    this.#waiting = [];
    this.end();
  }

  #send(message: LiveMessage): void {
    if (message.kind === "event") {
      if (message.seq <= this.#cursor.seq) return;
      this.#cursor = { ...this.#cursor, seq: message.seq };
    } else if (message.kind === "attempt") {
      if (message.attemptSeq <= this.#cursor.attemptSeq) return;
      this.#cursor = { ...this.#cursor, attemptSeq: message.attemptSeq };
    } else if (message.kind === "duplicate" && message.seq > this.#cursor.seq) {
      return; // It has not received the event itself yet.
    }
    this.#waiting.push(
      message.kind === "heartbeat" ? { comment: "heartbeat" } : {
        event: message.kind === "duplicate" ? "event" : message.kind,
        data: message.data,
        id: idOf(this.#cursor),
      },
    );
    this.#arrival.resolve();
  }
}

/**
 * Parses the id of a message.
 *
 * @returns The position after it; null if it is invalid.
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
