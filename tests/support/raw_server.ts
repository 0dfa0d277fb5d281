import { bytesOf } from "./signed_delivery.ts";

/** Head and body. */
type Message = readonly [head: string, body: string];

/** One request, read and waiting for an answer that no HTTP server would give. */
export class RawExchange {
  /** As it came, without the blank line. */
  readonly head: string;
  /** As much as was read of it, a character a byte. */
  readonly body: string;
  readonly #connection: Deno.TcpConn;

  constructor(connection: Deno.TcpConn, [head, body]: Message) {
    this.#connection = connection;
    this.head = head;
    this.body = body;
  }

  /** The value of a header, empty without one. */
  header(name: string): string {
    return new RegExp(`^${name}: (.*)$`, "im").exec(this.head)?.[1]?.trim() ??
      "";
  }

  /** Sends text, lines ended as HTTP has them. */
  async send(text: string): Promise<void> {
    let rest: Uint8Array = bytesOf(text.replaceAll("\n", "\r\n"));
    while (rest.length > 0) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  /** Reads on until the other side ends the connection. */
  async ended(): Promise<void> {
    const buffer = new Uint8Array(64 << 10);
    while (await this.#connection.read(buffer) !== null);
  }

  /** Ends the connection. */
  close(): void {
    this.#connection.close();
  }
}

/** A server on a port of its own that takes one request a connection. */
export class RawServer implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections: Deno.TcpConn[] = [];
  readonly #serving: Promise<unknown>;
  readonly #answering: Promise<void>[] = [];

  /**
   * @param answer Answers; what it throws as the other side is gone is ignored.
   * @param options `readsBody` is false for one that answers before the body.
   */
  constructor(
    answer: (exchange: RawExchange) => Promise<void>,
    { readsBody = true } = {},
  ) {
    this.#listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    this.port = this.#listener.addr.port;
    this.#serving = this.#serve(async (connection) => {
      const message = await readRequest(connection, readsBody);
      await answer(new RawExchange(connection, message));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/webhook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch {
        // It is closed.
      }
    }
    await this.#serving;
    await Promise.all(this.#answering);
  }

  async #serve(take: (connection: Deno.TcpConn) => Promise<void>) {
    for await (const connection of this.#listener) {
      this.#connections.push(connection);
      this.#answering.push(take(connection).catch(() => {}));
    }
  }
}

async function readRequest(
  connection: Deno.TcpConn,
  readsBody: boolean,
): Promise<Message> {
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(64 << 10);
  let received = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("Connection ended");
    received += decoder.decode(buffer.subarray(0, count));
    const end = received.indexOf("\r\n\r\n");
    if (end === -1) continue;
    const head = received.slice(0, end);
    const [, length = "0"] = /content-length: (\d+)/i.exec(head) ?? [];
    const isWhole = received.length >= end + 4 + Number(length);
    if (isWhole || !readsBody) return [head, received.slice(end + 4)];
  }
}
