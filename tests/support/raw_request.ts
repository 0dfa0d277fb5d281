/**
 * A request sent by hand, as slowly and as wrongly as a test needs.
 *
 * @module
 */

import { bytesOf, headerOf } from "./signed_delivery.ts";
import { within } from "./within.ts";

/** A connection on which one request is begun. */
export class RawRequest implements Disposable {
  readonly #conn: Deno.TcpConn;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects and sends a text. */
  static async begin(port: number, text = ""): Promise<RawRequest> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const request = new RawRequest(conn);
    if (text !== "") await request.send(text);
    return request;
  }

  /** Connects, sends the head of a signed delivery and half of its body. */
  static async beginDelivery(port: number, body: string): Promise<RawRequest> {
    const half = body.slice(0, body.length / 2);
    return await RawRequest.begin(port, deliveryHead(body) + half);
  }

  /** Sends a signed delivery. */
  async sendDelivery(body: string): Promise<void> {
    await this.send(deliveryHead(body) + body);
  }

  async send(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? bytesOf(text) : text;
    let sent = 0;
    while (sent < bytes.length) {
      sent += await this.#conn.write(bytes.subarray(sent));
    }
  }

  /** Ends the sending direction only. */
  endSending(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** The first answer in JSON; the connection may stay open. */
  answer(): Promise<string> {
    return this.#read((text) => text.endsWith("}"));
  }

  /** All that comes until the server closes the connection, however it does. */
  rest(): Promise<string> {
    return this.#read(() => false);
  }

  async #read(isComplete: (text: string) => boolean): Promise<string> {
    let text = "";
    const read = async () => {
      const bytes = new Uint8Array(4096);
      try {
        while (!isComplete(text)) {
          const length = await this.#conn.read(bytes);
          if (length === null) break;
          text += new TextDecoder().decode(bytes.subarray(0, length));
        }
      } catch {
        // Reset: the end as well.
      }
      return text;
    };
    return await within(60_000, read(), () => `more than: ${text}`);
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

/** The head of a POST to the webhook; asks for the connection to be closed. */
export function head(headers: readonly string[]): string {
  return [
    "POST /webhook HTTP/1.1",
    "host: 127.0.0.1",
    "content-type: application/json",
    "connection: close",
    ...headers,
    "",
    "",
  ].join("\r\n");
}

/** A line with a signature that is in time, and as good as any until the body is there. */
export function freshHeader(): string {
  const timestamp = Math.floor(Date.now() / 1000);
  return `persona-signature: ${headerOf("", { timestamp })}`;
}

function deliveryHead(body: string): string {
  const timestamp = Math.floor(Date.now() / 1000);
  return head([
    `content-length: ${bytesOf(body).length}`,
    `persona-signature: ${headerOf(body, { timestamp })}`,
  ]);
}
