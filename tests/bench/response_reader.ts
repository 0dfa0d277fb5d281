/**
 * Reads HTTP responses off a connection, to the last byte of each: a generator that
 * took a read for a response would count what never came.
 *
 * @module
 */

import { Buffer } from "node:buffer";

const HEAD_BYTES_MAX = 16 << 10;
const HEAD_END = "\r\n\r\n";

/** What is told of a response. */
export interface Answer {
  readonly status: number;
  /** Whether the server takes no more requests on this connection. */
  readonly closes: boolean;
}

/** Reads what one connection answers. */
export class ResponseReader {
  readonly #conn: Deno.Conn;
  readonly #buffer = Buffer.alloc(HEAD_BYTES_MAX);
  #filled = 0;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Waits for the next response and all of its body.
   *
   * @throws When the connection ends before, or the response has no length.
   */
  async next(): Promise<Answer> {
    let headEnd = -1;
    while (headEnd === -1) {
      await this.#fill();
      headEnd = this.#buffer.subarray(0, this.#filled).indexOf(HEAD_END);
    }
    const head = this.#buffer.toString("latin1", 0, headEnd + 2);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
    if (status === undefined || length === undefined) {
      throw new Error(
        "Cannot count response as it must have a status and a content-length",
      );
    }
    await this.#drop(headEnd + HEAD_END.length + Number(length));
    const closes = /\r\nconnection: *close\r\n/i.test(head);
    return { status: Number(status), closes };
  }

  /** Bodies may be larger than the buffer: only their bytes are counted. */
  async #drop(length: number): Promise<void> {
    let left = length;
    while (left > this.#filled) {
      left -= this.#filled;
      this.#filled = 0;
      await this.#fill();
    }
    this.#buffer.copyWithin(0, left, this.#filled);
    this.#filled -= left;
  }

  async #fill(): Promise<void> {
    if (this.#filled === this.#buffer.length) {
      throw new Error(
        "Cannot read response as its head must end within 16 KiB",
      );
    }
    const read = await this.#conn.read(this.#buffer.subarray(this.#filled));
    if (read === null) {
      throw new Error("Cannot read response as the connection was closed");
    }
    this.#filled += read;
  }
}
