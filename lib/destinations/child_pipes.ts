import { Tail } from "./tail.ts";

const READ_BYTES_MAX = 64 << 10;

/** The pipes of a child; the tail of its output is kept. */
export class ChildPipes {
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #outputs: readonly ReadableStreamBYOBReader[];
  readonly #tail = new Tail();
  /** Resolves when all pipes are closed; never rejects. */
  readonly closed: Promise<void>;

  /**
   * @param child The process, everything piped.
   * @param input Written to its standard input.
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

  /** Both outputs in order of arrival. */
  get output(): string {
    return this.#tail.text;
  }

  /** Closes our ends, even if others hold theirs open. */
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
      // It may not read its input.
    }
  }

  async #keep(output: ReadableStreamBYOBReader): Promise<void> {
    try {
      // One buffer for all, or a flood would leave much garbage.
      let buffer = new Uint8Array(READ_BYTES_MAX);
      for (;;) {
        const { done, value } = await output.read(buffer);
        if (done) return;
        this.#tail.add(value);
        buffer = new Uint8Array(value.buffer);
      }
    } catch {
      // A broken pipe is an end as well.
    }
  }
}
