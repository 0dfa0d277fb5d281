import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";
import { within } from "./within.ts";

/** `tail` as it follows a store, until it is stopped. */
export class Tailing {
  readonly io: FakeIo;
  readonly #options: FakeIoOptions;
  readonly #code: Promise<number>;

  private constructor(
    io: FakeIo,
    options: FakeIoOptions,
    code: Promise<number>,
  ) {
    this.io = io;
    this.#options = options;
    this.#code = code;
  }

  /** Starts it, and waits until it has seen all that is there. */
  static async start(
    storePath: string,
    args: readonly string[] = [],
    options: FakeIoOptions = {},
  ): Promise<Tailing> {
    const io = new FakeIo(options);
    const code = run(["tail", "--store", `sqlite:${storePath}`, ...args], io);
    const tailing = new Tailing(io, options, code);
    await tailing.#idle();
    return tailing;
  }

  /** Lets it look again: what it printed since the last time. */
  async look(): Promise<string> {
    this.io.out = "";
    this.io.ring();
    await this.#idle();
    return this.io.out;
  }

  /** As {@linkcode look}, line by line. */
  // deno-lint-ignore no-explicit-any
  async lookJson(): Promise<any[]> {
    await this.look();
    return this.io.json;
  }

  /** Presses Ctrl-C. */
  async stop(): Promise<void> {
    assertEquals(this.io.signal("SIGINT"), true);
    assertEquals(await this.ended(), 0);
    assertEquals(this.io.signal("SIGINT"), false, "it still listens");
    const { isTerminal } = this.#options;
    const notice = isTerminal
      ? /^Waiting for events, Ctrl-C to stop\. Times in [+-]\d\d:\d\d\n$/
      : /^$/;
    assertMatch(this.io.err, notice);
  }

  /** Waits for its end: the exit code. */
  ended(): Promise<number> {
    return within(60_000, this.#code, () => "the end of tail");
  }

  /** It waits for its timer, or is over. */
  #idle(): Promise<unknown> {
    const idle = Promise.race([this.io.timerSet(), this.#code]);
    return within(60_000, idle, () => `tail to wait: ${this.io.err}`);
  }
}
