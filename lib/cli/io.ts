// The system as commands use it, so that tests can replace it.

import { type SetTimer, systemTimer } from "../clock.ts";
import type { ConfigSources } from "../config/load_config.ts";
import { UnusableFile } from "../config/read_settings_file.ts";
import { exemptLoopback } from "../config/proxy.ts";
import { InboxError } from "../errors.ts";
import { escapeControls } from "../escape.ts";

/** A kind of permission that a server may not need. */
export type Permission = "env" | "run" | "sys" | "write";

/** The outside of a command. */
export interface Io {
  /** Data: what another program may read. */
  stdout(text: string): Promise<void>;
  /** Everything else. */
  stderr(text: string): Promise<void>;
  /** True if standard output is a terminal. */
  readonly stdoutIsTerminal: boolean;
  /** True if standard output shows colors. */
  readonly stdoutHasColor: boolean;
  /** True if standard error shows colors. */
  readonly stderrHasColor: boolean;
  /** Returns the columns of standard output; null when it is not a terminal. */
  stdoutColumns(): number | null;
  /** Returns the columns of standard error; null when it is not a terminal. */
  stderrColumns(): number | null;
  /** True if there is a person to be asked. */
  readonly canAsk: boolean;
  /** Asks for a yes or no; only yes is yes. */
  ask(question: string): Promise<boolean>;
  /** Sources of settings other than flags. */
  readonly sources: ConfigSources;
  /** Reads a file to its end; throws `UnusableFile` when it is too large. */
  readFile(path: string): Promise<Uint8Array>;
  /** Reads standard input to its end; throws `UnusableFile` when it is too large. */
  readInput(): Promise<Uint8Array>;
  fetch(request: Request): Promise<Response>;
  readonly setTimer: SetTimer;
  /**
   * Calls back on each signal to stop.
   *
   * @returns A function that ends that.
   */
  onStopSignal(listener: (signal: Deno.Signal) => void): () => void;
  /**
   * Calls back on each signal to reload the settings.
   *
   * @returns A function that ends that.
   */
  onReloadSignal(listener: () => void): () => void;
  /** Gives up permissions for good, those of threads started later too. */
  giveUp(permissions: readonly Permission[]): Promise<void>;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The largest body that an inbox can be set to accept is no larger. */
const BYTES_MAX = 64 << 20;

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Kills a process that writes past its file size limit; if handled, only the write fails. */
const LIMIT_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGXFSZ"];

/**
 * The real outside.
 *
 * @param exit Ends the process: the business of `main.ts`.
 */
export function systemIo(exit: (code: number) => void): Io {
  exemptLoopback();
  return {
    stdout: writeOut,
    stderr: (text) => writeAll(Deno.stderr, text),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stdoutHasColor: Deno.stdout.isTerminal() && !Deno.noColor,
    stderrHasColor: Deno.stderr.isTerminal() && !Deno.noColor,
    stdoutColumns: () => columnsOf(Deno.stdout),
    stderrColumns: () => columnsOf(Deno.stderr),
    canAsk: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
    async ask(question) {
      await writeAll(Deno.stderr, `${escapeControls(question)} [y/N] `);
      // A terminal gives a whole line at once.
      const line = new Uint8Array(1_024);
      const length = await Deno.stdin.read(line) ?? 0;
      const answer = new TextDecoder().decode(line.subarray(0, length));
      return /^y(?:es)?$/i.test(answer.trim());
    },
    sources: {},
    async readFile(path) {
      using file = await Deno.open(path);
      return await readWithin(BYTES_MAX, file.readable);
    },
    readInput: () => readWithin(BYTES_MAX, Deno.stdin.readable),
    fetch,
    setTimer: systemTimer,
    onStopSignal(listener) {
      const listeners = STOP_SIGNALS.map((signal) => {
        const own = () => listener(signal);
        Deno.addSignalListener(signal, own);
        return () => Deno.removeSignalListener(signal, own);
      });
      for (const signal of LIMIT_SIGNALS) {
        Deno.addSignalListener(signal, ignore);
        listeners.push(() => Deno.removeSignalListener(signal, ignore));
      }
      return () => {
        for (const remove of listeners) remove();
      };
    },
    onReloadSignal(listener) {
      if (Deno.build.os === "windows") return ignore;
      Deno.addSignalListener("SIGHUP", listener);
      return () => Deno.removeSignalListener("SIGHUP", listener);
    },
    async giveUp(permissions) {
      for (const name of permissions) await Deno.permissions.revoke({ name });
    },
    exit,
  };
}

/** Reads a stream that may never end. */
async function readWithin(
  bytesMax: number,
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > bytesMax) {
      throw new UnusableFile(`it has more than ${bytesMax} bytes`);
    }
    chunks.push(new Uint8Array(chunk));
  }
  return await new Blob(chunks).bytes();
}

function ignore(): void {}

/** All streams that are a terminal are the same one. */
function columnsOf(stream: { isTerminal(): boolean }): number | null {
  if (!stream.isTerminal()) return null;
  try {
    return Deno.consoleSize().columns || null; // One that knows none says 0.
  } catch {
    return null;
  }
}

async function writeOut(text: string): Promise<void> {
  try {
    await writeAll(Deno.stdout, text);
  } catch (error) {
    // A reader that has gone is no failure.
    if (error instanceof Deno.errors.BrokenPipe) throw error;
    const reason = error instanceof Error ? error.message : "unknown failure";
    throw new InboxError(
      `Cannot write the output: ${reason}`,
      "Free space where it goes, or write it elsewhere",
      { cause: error },
    );
  }
}

async function writeAll(
  stream: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  while (written < bytes.length) {
    written += await stream.write(bytes.subarray(written));
  }
}
