/**
 * What goes into a child process and what comes out of it.
 *
 * @module
 */

import { Tail } from "./tail.ts";

const READ_BYTES_MAX = 64 << 10;

/** Feeds a child and keeps the last of what it says. */
export class ChildPipes {
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #outputs: readonly ReadableStreamBYOBReader[];
  readonly #tail = new Tail();
  /** Settles when all pipes are closed; never rejects. */
  readonly closed: Promise<void>;

  /**
   * @param child The process, everything piped.
   * @param input What it finds on its standard input.
   */
  constructor(child: Deno.ChildProcess, input: Uint8Array<ArrayBuffer>) {
    this.#input = child.stdin.getWriter();
    this.#outputs = [child.stdout, child.stderr].map((output) =>
      output.getReader({ mode: "byob" })
    );
    const ends = [
      this.#feed(input),
      ...this.#outputs.map((o) => this.#keep(o)),
    ];
    this.closed = Promise.all(ends).then(() => {});
  }

  /** Both outputs together, as they came. */
  get output(): string {
    return this.#tail.text;
  }

  /** Closes our ends, whoever still holds the others. */
  async release(): Promise<void> {
    await Promise.allSettled([
      this.#input.abort(),
      ...this.#outputs.map((output) => output.cancel()),
    ]);
  }

  async #feed(input: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.#input.write(input);
      await this.#input.close();
    } catch {
      // It need not read.
    }
  }

  async #keep(output: ReadableStreamBYOBReader): Promise<void> {
    try {
      // One buffer for all, or a flood would leave much to collect.
      let buffer = new Uint8Array(READ_BYTES_MAX);
      for (;;) {
        const { done, value } = await output.read(buffer);
        if (done) return;
        this.#tail.add(value);
        buffer = new Uint8Array(value.buffer);
      }
    } catch {
      // A broken pipe ends it, too.
    }
  }
}
