/**
 * What a command may touch of the system, so that tests can stand in for it.
 *
 * @module
 */

import type { ConfigSources } from "../config.ts";

/** The outside of a command. */
export interface Io {
  /** Data: what another program may read. */
  stdout(text: string): Promise<void>;
  /** Everything else. */
  stderr(text: string): Promise<void>;
  /** Whether a person reads standard output. */
  readonly stdoutIsTerminal: boolean;
  /** Whether standard error shows colours. */
  readonly stderrHasColor: boolean;
  /** Where settings are looked for, flags aside. */
  readonly sources: ConfigSources;
  readFile(path: string): Promise<Uint8Array>;
  fetch(request: Request): Promise<Response>;
  /**
   * Calls back on each signal to stop.
   *
   * @returns A function that ends that.
   */
  onStopSignal(listener: (signal: Deno.Signal) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** Kills a process that writes past its file size limit; heeded, only the write fails. */
const LIMIT_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGXFSZ"];

/**
 * The real outside.
 *
 * @param exit Ends the process: the business of `main.ts`.
 * @returns The outside.
 */
export function systemIo(exit: (code: number) => void): Io {
  return {
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    stdoutIsTerminal: Deno.stdout.isTerminal(),
    stderrHasColor: Deno.stderr.isTerminal() && !Deno.noColor,
    sources: {},
    readFile: Deno.readFile,
    fetch,
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
    exit,
  };
}

function ignore(): void {}

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
