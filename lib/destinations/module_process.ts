// The process of a user's module: the program itself, started in another role.

import { encodeBase64 } from "@std/encoding/base64";
import { Deadline, type EarlyEnd, endedEarly } from "./deadline.ts";
import type { AttemptOutcome, Dispatch } from "./destination.ts";
import type { ChildEnvironment } from "./destination_config.ts";
import {
  type ModuleReply,
  type ModuleRequest,
  type ModuleStart,
  REPLY_LENGTH_MAX,
} from "./module_protocol.ts";
import { killGroup } from "./process_group.ts";
import { readLines } from "./read_lines.ts";
import { type SpawnHost, spawnHost } from "./spawn_host.ts";
import { Tail } from "./tail.ts";

/** The limit for loading, in which a module can do anything. */
const LOAD_TIMEOUT_MS = 30_000;

/** The wait for an event handler to end once its signal is aborted, and for a reply. */
const HEED_TIMEOUT_MS = 1_000;

/** More memory than this is a leak. */
const MEMORY_BYTES_MAX = 512 << 20;

/** Lines without text of the module: those of a stack, and of its watch. */
const OURS = /^\s+at |^It used more than \d+ MB$/;

/** A loaded module, or the fault. */
export type LoadedModule =
  /** The keys of its event handlers. */
  | { readonly ok: true; readonly globs: readonly string[] }
  | { readonly ok: false; readonly fault: string };

/** Options of {@linkcode ModuleProcess}. */
export interface ModuleProcessOptions {
  /** @default {the inherited one} */
  environment?: ChildEnvironment;
  /** @default {30_000} */
  loadTimeoutMs?: number;
  /** @default {1_000} */
  heedTimeoutMs?: number;
  /** @default {536_870_912} */
  memoryBytesMax?: number;
  /** @default {spawnHost} */
  spawn?: SpawnHost;
  /**
   * Called when the process of a loaded module ended by itself while none of its handlers
   * ran: no attempt reports that. Gets its exit code or signal, none of its output.
   */
  onIdleEnd?: (exit: string) => void;
}

/** A process that runs a module's event handlers. */
export class ModuleProcess {
  /** Resolves when the module is loaded or has failed to load; never rejects. */
  readonly loaded: Promise<LoadedModule>;
  /** Resolves when the process has ended; never rejects. */
  readonly ended: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #nonce = crypto.randomUUID();
  readonly #heedTimeoutMs: number;
  readonly #onIdleEnd: ((exit: string) => void) | undefined;
  readonly #running = new Map<number, (outcome: AttemptOutcome) => void>();
  /** Ended attempts whose event handlers still run. */
  readonly #unheeded = new Set<number>();
  readonly #loading = Promise.withResolvers<LoadedModule>();
  /** Output past the console, such as the stack of an uncaught error. */
  #printed = new Tail();
  #runs = 0;
  #replies = 0;
  #isLoaded = false;
  #isRetired = false;
  #whyEnded: string | null = null;

  /**
   * Starts the process.
   *
   * @param url File URL of the module.
   * @throws {Error} If the process cannot be started.
   */
  constructor(url: string, options: ModuleProcessOptions) {
    const { environment = {}, spawn = spawnHost } = options;
    const { loadTimeoutMs = LOAD_TIMEOUT_MS } = options;
    const { memoryBytesMax = MEMORY_BYTES_MAX } = options;
    this.#heedTimeoutMs = options.heedTimeoutMs ?? HEED_TIMEOUT_MS;
    this.#onIdleEnd = options.onIdleEnd;
    this.loaded = this.#loading.promise;
    this.#child = spawn(url, environment);
    this.#input = this.#child.stdin.getWriter();
    this.ended = this.#follow();
    const seconds = loadTimeoutMs / 1_000;
    const late = `Loading the module took longer than ${seconds} s`;
    const timer = setTimeout(() => void this.end(late), loadTimeoutMs);
    void this.loaded.then(() => clearTimeout(timer));
    const nonce = this.#nonce;
    this.#send({ nonce, url, memoryBytesMax });
  }

  /** True if further attempts may run in it. */
  get isUsable(): boolean {
    return this.#whyEnded === null && !this.#isRetired;
  }

  /** Runs the matching event handlers. Never rejects. */
  async run(
    dispatch: Dispatch,
    { timeoutMs, stop }: { timeoutMs: number; stop: AbortSignal },
  ): Promise<AttemptOutcome> {
    using deadline = new Deadline(timeoutMs, stop);
    const id = this.#runs++;
    const { promise, resolve } = Promise.withResolvers<AttemptOutcome>();
    deadline.signal.addEventListener("abort", () => {
      const { reason } = deadline;
      if (reason === null || !this.#running.has(id)) return;
      resolve(endedEarly(reason));
      this.#abort(id, reason);
    });
    // Output of an earlier event is not kept with this one.
    if (this.#running.size === 0) this.#printed = new Tail();
    this.#running.set(id, resolve);
    const { body, ...rest } = dispatch;
    this.#send({ op: "run", id, dispatch: rest, body: encodeBase64(body) });
    const outcome = await promise;
    this.#running.delete(id);
    this.#endIfIdle();
    return outcome;
  }

  /** Ends the process when nothing runs in it. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfIdle();
  }

  /**
   * Kills the process; running attempts fail.
   *
   * @param why The output kept with the attempts.
   * @returns Resolves when it has ended.
   */
  end(why: string): Promise<void> {
    this.#whyEnded ??= why;
    killGroup(this.#child, "SIGKILL");
    return this.ended;
  }

  #endIfIdle(): void {
    if (this.#isRetired && this.#running.size === 0) void this.end("");
  }

  #send(message: ModuleStart | ModuleRequest): void {
    const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    this.#input.write(line).catch(() => {}); // Gone: its end is reported.
  }

  /** Aborts the event handlers; without an effect, takes no further attempts. */
  #abort(id: number, reason: EarlyEnd): void {
    this.#unheeded.add(id);
    this.#send({ op: "abort", id, reason });
    // While the module loads, the limit for loading applies.
    if (reason === "aborted" || !this.#isLoaded) return;
    const replies = this.#replies;
    const timer = setTimeout(() => {
      if (this.#replies === replies) {
        void this.end("A handler blocked the module's process");
      } else if (this.#unheeded.has(id)) this.retire();
    }, this.#heedTimeoutMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Reads the output of the process until it ends. */
  async #follow(): Promise<void> {
    const encoder = new TextEncoder();
    const { stdout, stderr } = this.#child;
    const keep = async () => {
      for await (const line of readLines(stderr, REPLY_LENGTH_MAX)) {
        this.#printed.add(encoder.encode(`${line}\n`));
      }
    };
    const read = async () => {
      for await (const line of readLines(stdout, REPLY_LENGTH_MAX)) {
        const reply = this.#parse(line);
        if (reply) this.#onReply(reply);
        else this.#printed.add(encoder.encode(`${line}\n`));
      }
    };
    const [status] = await Promise.all([this.#child.status, keep(), read()]);
    await this.#input.abort().catch(() => {});
    this.#onEnd(status);
  }

  /** Undefined if the module wrote the line, or into the middle of it. */
  #parse(line: string): ModuleReply | undefined {
    if (!line.startsWith(this.#nonce)) return undefined;
    try {
      return JSON.parse(line.slice(this.#nonce.length));
    } catch {
      return undefined;
    }
  }

  #onReply(reply: ModuleReply): void {
    this.#replies++;
    switch (reply.op) {
      case "loaded":
        this.#isLoaded = true;
        return this.#loading.resolve({ ok: true, globs: reply.globs });
      case "unloadable":
        return void this.end(reply.fault);
      case "ended": {
        const { id, reason, isIgnored, output } = reply;
        this.#unheeded.delete(id);
        this.#running.get(id)?.(
          reason === null
            ? { ok: true, isIgnored, code: null, output }
            : { ok: false, reason, code: null, output },
        );
      }
    }
  }

  #onEnd(status: Deno.CommandStatus): void {
    const isIdle = this.#isLoaded && this.#running.size === 0;
    if (isIdle && this.#whyEnded === null) this.#onIdleEnd?.(exitOf(status));
    const why = this.#whyEnded ??= this.#describe(status);
    this.#loading.resolve({ ok: false, fault: why });
    for (const resolve of this.#running.values()) {
      resolve({ ok: false, reason: "module-failed", code: null, output: why });
    }
  }

  #describe(status: Deno.CommandStatus): string {
    const said = this.#printed.text.trim();
    // Its event is unknown: one person's data must not be kept with another's event.
    const shown = this.#running.size <= 1
      ? said
      : said.split("\n").filter((line) => OURS.test(line)).join("\n");
    return `The module's process ended: ${exitOf(status)}\n${shown}`.trim();
  }
}

function exitOf({ code, signal }: Deno.CommandStatus): string {
  return signal === null ? `exit code ${code}` : signal;
}
