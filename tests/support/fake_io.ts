import type { SetTimer } from "../../lib/clock.ts";
import type { Io } from "../../lib/cli/io.ts";
import type { ConfigSources } from "../../lib/config/load_config.ts";
import { configSources, type FakeSources } from "./config_sources.ts";

/** The outside of a command, as a test wants it. */
export interface FakeIoOptions extends Omit<FakeSources, "flags"> {
  /** Whether a person reads; a pipe unless said. */
  isTerminal?: boolean;
  /** Whether a terminal shows colours. */
  hasColor?: boolean;
  /** How wide the terminal is; not known unless said. */
  columns?: number;
  /** What a person says when asked; nobody is there unless given. */
  answer?: boolean;
  /** What `readFile()` finds beside the texts of `files`. */
  bytes?: Record<string, Uint8Array>;
  /** What stands on standard input. */
  input?: Uint8Array;
}

/** Keeps what a command prints; files and settings are the test's own. */
export class FakeIo implements Io {
  out = "";
  err = "";
  readonly exits: number[] = [];
  readonly givenUp: string[] = [];
  readonly requests: Request[] = [];
  readonly stdoutIsTerminal: boolean;
  readonly stdoutHasColor: boolean;
  readonly stderrHasColor = false;
  readonly stdoutColumns: () => number | null;
  readonly stderrColumns = () => null;
  readonly canAsk: boolean;
  readonly asked: string[] = [];
  readonly sources: ConfigSources;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #listeners = new Set<(signal: Deno.Signal) => void>();
  readonly #answer: boolean;
  readonly #input: Uint8Array;
  readonly #timers = new Set<() => void>();
  #timerSet = Promise.withResolvers<void>();

  constructor(options: FakeIoOptions = {}) {
    const { env = {}, files = {}, bytes = {}, isTerminal = false } = options;
    const { env: read, readTextFile } = configSources({ env, files });
    this.sources = { env: read, readTextFile };
    this.#files = new Map([
      ...Object.entries(files).map((
        [path, text],
      ) => [path, new TextEncoder().encode(text)] as const),
      ...Object.entries(bytes),
    ]);
    const { hasColor = false, columns = null, answer } = options;
    this.stdoutColumns = () => columns;
    this.stdoutIsTerminal = isTerminal;
    this.stdoutHasColor = hasColor;
    this.canAsk = answer !== undefined;
    this.#answer = answer ?? false;
    this.#input = options.input ?? new Uint8Array();
  }

  /** What was printed, a JSON object a line. */
  // deno-lint-ignore no-explicit-any
  get json(): any[] {
    return this.out.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }

  stdout(text: string): Promise<void> {
    this.out += text;
    return Promise.resolve();
  }

  stderr(text: string): Promise<void> {
    this.err += text;
    return Promise.resolve();
  }

  readFile(path: string): Promise<Uint8Array> {
    const file = this.#files.get(path);
    return file
      ? Promise.resolve(file)
      : Promise.reject(new Deno.errors.NotFound());
  }

  readInput(): Promise<Uint8Array> {
    return Promise.resolve(this.#input);
  }

  fetch(request: Request): Promise<Response> {
    this.requests.push(request);
    return fetch(request);
  }

  ask(question: string): Promise<boolean> {
    this.asked.push(question);
    return Promise.resolve(this.#answer);
  }

  readonly setTimer: SetTimer = (callback) => {
    this.#timers.add(callback);
    this.#timerSet.resolve();
    return () => this.#timers.delete(callback);
  };

  /** Waits until a timer is set. */
  timerSet(): Promise<void> {
    return this.#timerSet.promise;
  }

  /** Lets the time of every timer come. */
  ring(): void {
    this.#timerSet = Promise.withResolvers();
    const timers = [...this.#timers];
    this.#timers.clear();
    for (const callback of timers) callback();
  }

  onStopSignal(listener: (signal: Deno.Signal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a signal; tells whether anybody heard it. */
  signal(signal: Deno.Signal): boolean {
    for (const listener of this.#listeners) listener(signal);
    return this.#listeners.size > 0;
  }

  onReloadSignal(): () => void {
    return () => {};
  }

  giveUp(permissions: readonly string[]): Promise<void> {
    this.givenUp.push(...permissions);
    return Promise.resolve();
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

/** An outside that nobody may touch but to print. */
export function untouchableIo(print: (text: string) => void): Io {
  return new Proxy({} as Io, {
    get(_target, name) {
      if (name === "stdout") {
        return (text: string) => Promise.resolve(print(text));
      }
      throw new Error(`touched ${String(name)}`);
    },
  });
}
