import { assert } from "@std/assert";
import { within } from "./within.ts";

/** A server-sent event, or a comment. */
export interface SentMessage {
  readonly comment?: string;
  readonly event?: string;
  readonly id?: string;
  readonly data?: string;
}

/** Reads server-sent events, and only when it is asked to. */
export class EventSource implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #decoder = new TextDecoder();
  #text = "";
  /** The last id that was sent. */
  lastId = "";

  constructor(response: Response) {
    assert(response.body, "there is no stream");
    this.#reader = response.body.getReader();
  }

  /** The next message; nothing once the stream is over. */
  async next(): Promise<SentMessage | undefined> {
    while (!this.#text.includes("\n\n")) {
      const { value, done } = await within(
        60_000,
        this.#reader.read(),
        () => "a message",
      );
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    const end = this.#text.indexOf("\n\n");
    const message = parse(this.#text.slice(0, end));
    this.#text = this.#text.slice(end + 2);
    if (message.id !== undefined) this.lastId = message.id;
    return message;
  }

  /** The next messages, as many as are wanted. */
  async take(count: number): Promise<SentMessage[]> {
    const messages: SentMessage[] = [];
    while (messages.length < count) {
      const message = await this.next();
      assert(message, `the stream ended after ${messages.length} messages`);
      messages.push(message);
    }
    return messages;
  }

  /** The events and attempts among the next ones, as `evt_1, evt_1 app 1, …`. */
  async names(count: number): Promise<string> {
    const texts: string[] = [];
    while (texts.length < count) {
      const [{ event, data = "" } = {}] = await this.take(1);
      if (event === "event") texts.push(JSON.parse(data).id);
      if (event !== "attempt") continue;
      const { eventId, destination, number } = JSON.parse(data);
      texts.push(`${eventId} ${destination} ${number}`);
    }
    return texts.join(", ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

function parse(text: string): SentMessage {
  const message: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const end = line.indexOf(":");
    const field = end === 0 ? "comment" : line.slice(0, end);
    assert(["comment", "event", "id", "data"].includes(field), line);
    assert(!(field in message), `${field} comes twice`);
    message[field] = line.slice(end + 1);
  }
  return message;
}
