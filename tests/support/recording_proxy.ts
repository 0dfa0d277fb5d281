/**
 * A proxy that writes down what it is asked for, and answers everything itself.
 *
 * @module
 */

/** Keeps the first line of every request. */
export class RecordingProxy implements AsyncDisposable {
  readonly seen: string[] = [];
  readonly url: string;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void>;

  constructor() {
    this.url = `http://127.0.0.1:${this.#listener.addr.port}`;
    this.#done = this.#serve();
  }

  /** What makes a program use it, in every spelling. */
  get env(): Record<string, string> {
    const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    return Object.fromEntries(
      names.flatMap((
        name,
      ) => [[name, this.url], [name.toLowerCase(), this.url]]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      using open = connection;
      const head = new Uint8Array(4_096);
      const length = await open.read(head).catch(() => null) ?? 0;
      const text = new TextDecoder().decode(head.subarray(0, length));
      this.seen.push(text.slice(0, text.indexOf("\r\n")));
      const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n" +
        "connection: close\r\n\r\n";
      await open.write(new TextEncoder().encode(answer)).catch(() => {});
    }
  }
}
