// `GET /api/stream`: server-sent events for any number of clients, up to a limit.

import { ServerSentEventStream } from "@std/http/server-sent-event-stream";
import { EventStream, parseStreamId } from "./event_stream.ts";
import { LiveFeed, type LiveFeedDeps } from "./live_feed.ts";
import type { LocalCall } from "./local_call.ts";
import { respond } from "./respond.ts";

/** The most clients at once: each costs work for each event. */
const STREAMS_MAX = 100;

/** Seconds, for clients beyond that. */
const RETRY_AFTER = "5";

/** All streams of a listener. The feed exists only while there is a client. */
export class EventStreams {
  readonly #deps: LiveFeedDeps;
  readonly #streams = new Set<EventStream>();
  #feed: LiveFeed | undefined;
  #isClosed = false;

  constructor(deps: LiveFeedDeps) {
    this.#deps = deps;
  }

  /**
   * Opens a stream.
   *
   * @returns The response; it ends with its client, or with {@linkcode close}.
   * @throws {StoreError} If the store cannot be read.
   */
  async open(call: LocalCall): Promise<Response> {
    const lastId = call.request.headers.get("last-event-id");
    // A browser does not reconnect after an error response.
    const after = lastId === null ? null : parseStreamId(lastId);
    if (this.#isClosed) return respond(503, "Stopping", call);
    if (this.#streams.size >= STREAMS_MAX) {
      const headers = { "retry-after": RETRY_AFTER };
      return respond(503, "Too many streams", { ...call, headers });
    }
    const { reader } = this.#deps;
    const feed = this.#feed ??= new LiveFeed(this.#deps);
    const onGone = () => this.#remove(stream);
    const stream = new EventStream({ feed, reader, onGone });
    this.#streams.add(stream);
    try {
      const messages = await stream.open(after);
      return new Response(messages.pipeThrough(new ServerSentEventStream()), {
        headers: {
          "content-type": "text/event-stream; charset=utf-8",
          "x-accel-buffering": "no", // Otherwise nginx buffers messages.
        },
      });
    } catch (error) {
      this.#remove(stream);
      throw error;
    }
  }

  /** Ends all streams, and opens no more. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
  }

  #remove(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#feed?.end();
    this.#feed = undefined;
  }
}
