import type { EventReader } from "../../lib/store/event_reader.ts";
import type {
  Outbox,
  Outboxes,
  PendingDispatch,
} from "../../lib/store/outbox.ts";
import type { Store } from "../../lib/store/store.ts";
import { pack, unpack } from "./packed_json.ts";
import { endProcess, ROOT, spawnClean } from "./program.ts";
import { within } from "./within.ts";

/** The process ended before it answered: nobody knows what it did. */
export class LostAnswer extends Error {}

/** The methods of a contract that answer later. */
type Remote<Contract> = {
  readonly [
    Key in keyof Contract as Contract[Key] extends
      (...args: never[]) => Promise<unknown> ? Key
      : never
  ]: Contract[Key];
};

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A client of a store in a process of its own, which a test can kill. */
export class StoreProcess implements AsyncDisposable {
  readonly store = this.#remote<Remote<Store>>("store");
  readonly reader = this.#remote<Remote<EventReader>>("reader");
  readonly outboxes = this.#remote<Remote<Outboxes>>("outboxes");
  readonly #held = new Map<string, Remote<Outbox>>();
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #hasEnded = false;

  /** Starts the process, which opens nothing yet. */
  constructor() {
    this.#child = spawnClean(Deno.execPath(), [
      "run",
      "-A",
      "--no-check",
      "--quiet",
      `${ROOT}tests/support/store_host.ts`,
    ], { cwd: ROOT, stdin: "piped" });
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#read();
  }

  async open(url: string): Promise<void> {
    await this.#call("host", "open", [url]);
  }

  /** Destinations whose outboxes it has opened. */
  get held(): ReadonlySet<string> {
    return new Set(this.#held.keys());
  }

  /** Opens the outbox of a destination, unless it is open. */
  async outbox(destination: string): Promise<Remote<Outbox>> {
    const known = this.#held.get(destination);
    if (known) return known;
    await this.#call("host", "openOutbox", [destination]);
    const outbox = this.#remote<Remote<Outbox>>(`outbox:${destination}`);
    this.#held.set(destination, outbox);
    return outbox;
  }

  /** Whether an attempt of a dispatch may begin here. */
  async canBegin(
    destination: string,
    dispatch: PendingDispatch,
  ): Promise<boolean> {
    const target = `outbox:${destination}`;
    return await this.#call(target, "canBegin", [dispatch]) === true;
  }

  async closeOutbox(destination: string): Promise<void> {
    this.#held.delete(destination);
    await this.#call("host", "closeOutbox", [destination]);
  }

  /** Closes the store: whether it was closed. The process can open another. */
  async close(): Promise<boolean> {
    this.#held.clear();
    return await this.#call("host", "close", []) === true;
  }

  /** Ends the process by SIGKILL; what it has not answered is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    await endProcess(this.#child);
    await this.#output;
    await this.#input.close().catch(() => {});
  }

  #remote<Target>(target: string): Target {
    return new Proxy({}, {
      // A promise asks for `then` whether this is another one.
      get: (_, method) =>
        method === "then"
          ? undefined
          : (...args: unknown[]) => this.#call(target, String(method), args),
    }) as Target;
  }

  #call(target: string, method: string, args: unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#hasEnded) return Promise.reject(new LostAnswer());
    this.#waiting.set(id, { resolve, reject });
    const line = `${pack({ id, target, method, args })}\n`;
    this.#input.write(new TextEncoder().encode(line)).catch(() => {});
    return within(120_000, promise, () => `${target}.${method}()`);
  }

  async #read(): Promise<void> {
    const errors = new Response(this.#child.stderr).text();
    let rest = "";
    const output = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of output) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    const said = await errors;
    this.#hasEnded = true;
    for (const { reject } of this.#waiting.values()) {
      reject(new LostAnswer(said));
    }
  }

  #take(line: string): void {
    const { id, result, error } = unpack(line) as {
      id: number;
      result?: unknown;
      error?: string;
    };
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
