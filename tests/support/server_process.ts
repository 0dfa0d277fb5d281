/**
 * A server under test, as a process that never outlives its scope.
 *
 * @module
 */

import { endProcess, type RunOptions, spawnProgram } from "./program.ts";
import { within } from "./within.ts";

const START =
  /"msg":"listening","port":(\d+)|listening {2}http:\/\/\S+?:(\d+)\//;

/** Longer than a start takes while many other tests run; only a hang takes so long. */
const WAIT_MS = 120_000;

/** A server that runs, or has ended. */
export class ServerProcess implements AsyncDisposable {
  readonly cwd: string;
  readonly #child: Deno.ChildProcess;
  readonly #outputs: Promise<void>[];
  readonly #waiting = new Set<() => void>();
  #stdout = "";
  #stderr = "";
  /** The exit code; undefined while it runs. */
  #exit: number | undefined;
  #port = 0;

  /**
   * Takes charge of a process.
   *
   * @param child The process, its output piped.
   * @param cwd Its working folder.
   */
  constructor(child: Deno.ChildProcess, cwd: string) {
    this.cwd = cwd;
    this.#child = child;
    this.#outputs = [
      this.#collect(child.stdout, (text) => this.#stdout += text),
      this.#collect(child.stderr, (text) => this.#stderr += text),
    ];
    void this.#end();
  }

  /**
   * Starts a server on a port of its choice, and waits until it listens.
   *
   * @param args The command and its flags.
   * @param options Where and how.
   * @returns The server.
   * @throws When it ends before, with what it said.
   */
  static async start(
    args: readonly string[],
    options: RunOptions,
  ): Promise<ServerProcess> {
    const child = spawnProgram([...args, "--port=0"], options);
    const server = new ServerProcess(child, options.cwd);
    try {
      const [, json, pretty] = await server.logged(START);
      server.#port = Number(json ?? pretty);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The log so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** What it printed so far beside the log. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Waits until the log has something; fails when the server ends without. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<
      RegExpExecArray
    >();
    const look = () => {
      const match = pattern.exec(this.#stderr);
      if (!match && this.#exit === undefined) return;
      this.#waiting.delete(look);
      if (match) return resolve(match);
      const about = `It ended by ${this.#exit} without ${pattern}`;
      reject(new Error(`${about}:\n${this.#stderr}`));
    };
    this.#waiting.add(look);
    look();
    return within(WAIT_MS, promise, () => `${pattern} in:\n${this.#stderr}`);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end: the exit code, which tells a signal too (128 + n). */
  async ended(): Promise<number> {
    const ended = Promise.all([this.#child.status, ...this.#outputs]);
    const what = () => `the end of the server:\n${this.#stderr}`;
    const [{ code }] = await within(WAIT_MS, ended, what);
    return code;
  }

  /** Asks it to stop and waits for that. */
  async stop(): Promise<number> {
    this.kill("SIGTERM");
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endProcess(this.#child);
    await this.ended();
  }

  async #collect(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    add: (text: string) => void,
  ): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      add(text);
      for (const look of [...this.#waiting]) look();
    }
  }

  /** Only once all that it said was read. */
  async #end(): Promise<void> {
    await Promise.all(this.#outputs);
    this.#exit = (await this.#child.status).code;
    for (const look of [...this.#waiting]) look();
  }
}
