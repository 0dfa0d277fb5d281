import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";
import type { Tail } from "./tail.ts";

/** Runs a task; its output, then or later, is added to a tail. */
export type Capture = <Result>(tail: Tail, task: () => Result) => Result;

const METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

/**
 * Captures the console and the standard streams of this process. Code outside of tasks,
 * such as a thread of the module, prints as before.
 *
 * @returns A function that runs tasks.
 */
export function captureOutput(): Capture {
  const current = new AsyncLocalStorage<Tail>();
  const encoder = new TextEncoder();
  const print = (...args: unknown[]) =>
    current.getStore()?.add(encoder.encode(`${format(...args)}\n`));
  const methods = METHODS.map((method) => [method, print]);
  Object.assign(globalThis.console, Object.fromEntries(methods));
  for (const stream of [Deno.stdout, Deno.stderr]) {
    const writeSync = (bytes: Uint8Array) => {
      current.getStore()?.add(bytes);
      return bytes.length;
    };
    // Node's `process.stdout` writes by these, too.
    Object.assign(stream, {
      writeSync,
      write: (bytes: Uint8Array) => Promise.resolve(writeSync(bytes)),
    });
  }
  return (tail, task) => current.run(tail, task);
}
