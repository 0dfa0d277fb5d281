/**
 * One process with a user's module in it, from its start to its end: the program
 * itself, started in another role.
 *
 * @module
 */

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

/** Loading may be slow, as a module can do anything then, but not endless. */
const LOAD_TIMEOUT_MS = 30_000;

/** For a handler to end by itself once its signal is aborted, and for a sign of life. */
const HEED_TIMEOUT_MS = 1_000;

/** Beyond this a module leaks: what it holds is none of the inbox's business. */
const MEMORY_BYTES_MAX = 512 << 20;

/** Lines that hold no words of the module's: of a stack, and of its watch. */
const OURS = /^\s+at |^It used more than \d+ MB$/;

/** A module that is loaded, or why it is not. */
export type LoadedModule =
  /** With the keys of its handlers. */
  | { readonly ok: true; readonly globs: readonly string[] }
  | { readonly ok: false; readonly fault: string };

/** Options of {@linkcode ModuleProcess}. */
export interface ModuleProcessOptions {
  /** @default {the inherited one} */
  environment?: ChildEnvironment;
  /** @default {30_000} */
  loadTimeoutMs?: number;
  /** @default {536_870_912} */
  memoryBytesMax?: number;
  /** @default {spawnHost} */
  spawn?: SpawnHost;
}

/** Runs a module's handlers in a process. */
export class ModuleProcess {
  /** Resolves when it is known whether the module can be used; never rejects. */
  readonly loaded: Promise<LoadedModule>;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #nonce = crypto.randomUUID();
  readonly #running = new Map<number, (outcome: AttemptOutcome) => void>();
  /** Attempts that have ended, whose handlers have not. */
  readonly #unheeded = new Set<number>();
  readonly #loading = Promise.withResolvers<LoadedModule>();
  /** What it printed past the console, such as the stack of an uncaught error. */
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
   * @param options What it may use.
   * @throws {Error} When there is no process to be had.
   */
  constructor(url: string, options: ModuleProcessOptions) {
    const { environment = {}, spawn = spawnHost } = options;
    const { loadTimeoutMs = LOAD_TIMEOUT_MS } = options;
    const { memoryBytesMax = MEMORY_BYTES_MAX } = options;
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

  /** Whether further attempts may run in it. */
  get isUsable(): boolean {
    return this.#whyEnded === null && !this.#isRetired;
  }

  /**
   * Runs the handlers that match. Never rejects.
   *
   * @param dispatch What is delivered.
   * @param options How long it may take, and what ends it before.
   * @returns What came of it.
   */
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
    // What an earlier event left is not kept with this one.
    if (this.#running.size === 0) this.#printed = new Tail();
    this.#running.set(id, resolve);
    const { body, ...rest } = dispatch;
    this.#send({ op: "run", id, dispatch: rest, body: encodeBase64(body) });
    const outcome = await promise;
    this.#running.delete(id);
    this.#endIfIdle();
    return outcome;
  }

  /** Ends the process once nothing runs in it. */
  retire(): void {
    this.#isRetired = true;
    this.#endIfIdle();
  }

  /**
   * Kills the process; what runs in it fails.
   *
   * @param why Kept with the attempts.
   * @returns Resolves when it is gone.
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
    this.#input.write(line).catch(() => {}); // Gone: its end is told.
  }

  /** Tells the handlers, and takes no further attempts if they do not heed it. */
  #abort(id: number, reason: EarlyEnd): void {
    this.#unheeded.add(id);
    this.#send({ op: "abort", id, reason });
    // While the module loads its own limit holds, as a slow start blocks, too.
    if (reason === "aborted" || !this.#isLoaded) return;
    const replies = this.#replies;
    const timer = setTimeout(() => {
      if (this.#replies === replies) {
        void this.end("A handler blocked the module's process");
      } else if (this.#unheeded.has(id)) this.retire();
    }, HEED_TIMEOUT_MS);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Reads all that the process says, up to its end. */
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

  /** Nothing when the module wrote it, or into the midst of it. */
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
    const why = this.#whyEnded ??= this.#describe(status);
    this.#loading.resolve({ ok: false, fault: why });
    for (const resolve of this.#running.values()) {
      resolve({ ok: false, reason: "module-failed", code: null, output: why });
    }
  }

  #describe({ code, signal }: Deno.CommandStatus): string {
    const how = signal === null ? `exit code ${code}` : signal;
    const said = this.#printed.text.trim();
    // Whose words they are is not known: one person's do not go with another's event.
    const shown = this.#running.size <= 1
      ? said
      : said.split("\n").filter((line) => OURS.test(line)).join("\n");
    return `The module's process ended: ${how}\n${shown}`.trim();
  }
}
