/**
 * Types of `@std/http/server-sent-event-stream` for its JavaScript from npm:
 * the signatures of the original. Copyright the Deno authors, MIT.
 *
 * @module
 */

export interface ServerSentEventMessage {
  comment?: string;
  event?: string;
  data?: string;
  id?: string | number;
  retry?: number;
}

export declare class ServerSentEventStream
  extends TransformStream<ServerSentEventMessage, Uint8Array> {
  constructor();
}
