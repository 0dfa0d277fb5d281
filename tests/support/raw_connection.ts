import { bytesOf } from "./signed_delivery.ts";

/** An HTTP/1.1 answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** A TCP connection on which a test writes what no HTTP client would. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  /** Received and not yet given away, a character a byte. */
  #received = "";

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(port: number): Promise<RawConnection> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return new RawConnection(connection);
  }

  /** Sends a head of these lines, and what follows it. */
  async send(head: readonly string[], body = ""): Promise<void> {
    await this.write(
      `${head.join("\r\n")}\r\nhost: inbox.example\r\n\r\n${body}`,
    );
  }

  async write(text: string): Promise<void> {
    let rest: Uint8Array = bytesOf(text);
    while (rest.length > 0) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  /** Ends the sending direction only. */
  endSending(): Promise<void> {
    return this.#connection.closeWrite();
  }

  /** Reads one answer, whose length must be declared unless it has no body. */
  async answer({ hasBody = true } = {}): Promise<RawAnswer> {
    const head = await this.#take(() => this.#received.indexOf("\r\n\r\n") + 4);
    const [first = "", ...lines] = head.trimEnd().split("\r\n");
    const headers = new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    const length = hasBody ? Number(headers.get("content-length")) : 0;
    const text = await this.#take(() =>
      this.#received.length >= length ? length : NaN
    );
    return { status: Number(first.split(" ")[1]), headers, text };
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** Takes so much that `end` is satisfied; 3 or less, or NaN, means not yet. */
  async #take(end: () => number): Promise<string> {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const length = end();
      if (length === 0 || length > 3) {
        const taken = this.#received.slice(0, length);
        this.#received = this.#received.slice(length);
        return taken;
      }
      const count = await this.#connection.read(buffer);
      if (count === null) {
        throw new Error(`Connection ended after ${this.#received}`);
      }
      this.#received += String.fromCharCode(...buffer.subarray(0, count));
    }
  }
}
