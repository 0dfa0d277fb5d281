/** What a request of `send` was. */
export interface Received {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The path and what follows it. */
  readonly path: string;
}

/** A server on a port of its own that keeps what it gets. */
export class EchoReceiver implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly url: string;
  readonly port: number;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param answer What it answers, in turn; the last one ever after. */
  constructor(answer: () => Response = () => new Response("ok")) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        this.received.push({
          headers: request.headers,
          body: await request.bytes(),
          path: pathname + search,
        });
        return answer();
      },
    );
    this.port = this.#server.addr.port;
    this.url = `http://127.0.0.1:${this.port}/webhook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
