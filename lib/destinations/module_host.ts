// The process of a module: it gets events from its watch, runs the module's event
// handlers, and replies on standard output. All it needs is bound before the module's code
// runs, which may replace anything.

import { decodeBase64 } from "@std/encoding/base64";
import { checkHandlers } from "./check_handlers.ts";
import { abortReason } from "./deadline.ts";
import type { EventHandlers } from "./handlers.ts";
import {
  GLOBS_MAX,
  type ModuleReply,
  type ModuleRequest,
  type ModuleStart,
} from "./module_protocol.ts";
import { runHandlers } from "./run_handlers.ts";
import { Tail } from "./tail.ts";
import { describeThrown } from "./thrown.ts";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";

const METHODS = ["debug", "error", "info", "log", "trace", "warn"] as const;

/** Serves until the watch ends the process. */
export function hostModule(): Promise<never> {
  const url = new URL("./module_watch.ts", import.meta.url);
  const watch = new Worker(url, { type: "module", name: "watch" });
  watch.onmessage = ({ data: { nonce, url } }: MessageEvent<ModuleStart>) => {
    Deno.permissions.revokeSync({ name: "run" });
    if (Deno.build.standalone) requireFromDisk();
    const reply = replier(nonce);
    const host = new Host(reply, captureOutput());
    watch.onmessage = ({ data }) => host.onRequest(data);
    host.load(url);
  };
  return new Promise(() => {});
}

/** The server of requests. */
class Host {
  readonly #running = new Map<number, AbortController>();
  readonly #capture: Capture;
  readonly #reply: (reply: ModuleReply) => void;
  #loading: Promise<EventHandlers | null> = Promise.resolve(null);

  constructor(reply: (reply: ModuleReply) => void, capture: Capture) {
    this.#reply = reply;
    this.#capture = capture;
  }

  load(url: string): void {
    this.#loading = this.#load(url);
  }

  onRequest(request: ModuleRequest): void {
    if (request.op === "run") return void this.#run(request);
    this.#running.get(request.id)?.abort(abortReason(request.reason));
    this.#reply({ op: "alive" });
  }

  async #load(url: string): Promise<EventHandlers | null> {
    const said = new Tail();
    let fault: string;
    try {
      const module = await this.#capture(said, () => import(url));
      const checked = checkHandlers(module.default);
      if (checked.ok) {
        const globs = Object.keys(checked.handlers).slice(0, GLOBS_MAX);
        this.#reply({ op: "loaded", globs });
        return checked.handlers;
      }
      fault = checked.fault;
    } catch (thrown) {
      fault = describeThrown(thrown);
    }
    this.#reply({ op: "unloadable", fault: followedBy(said, fault) });
    return null;
  }

  async #run(
    { id, dispatch, body }: Extract<ModuleRequest, { op: "run" }>,
  ): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    const handlers = await this.#loading;
    if (handlers === null) return;
    const said = new Tail();
    const whole = { ...dispatch, body: decodeBase64(body) };
    const outcome = await this.#capture(
      said,
      () => runHandlers(handlers, whole, controller.signal),
    );
    this.#running.delete(id);
    this.#reply({
      op: "ended",
      id,
      reason: outcome.ok ? null : outcome.reason,
      isIgnored: outcome.ok && outcome.isIgnored === true,
      output: followedBy(said, outcome.output),
    });
  }
}

/** Returns a writer of replies that the module cannot forge. */
function replier(nonce: string): (reply: ModuleReply) => void {
  const write = Deno.stdout.writeSync.bind(Deno.stdout);
  const encoder = new TextEncoder();
  const encode = encoder.encode.bind(encoder);
  const { stringify } = JSON;
  return (reply) => {
    // Without a prototype there is no `toJSON()` that the module may have put there.
    const bare = { __proto__: null, ...reply };
    // The first line break ends a line that the module may have started.
    const bytes = encode(`\n${nonce}${stringify(bare)}\n`);
    for (let sent = 0; sent < bytes.length;) {
      sent += write(bytes.subarray(sent));
    }
  };
}

/** The printed output, then the thrown value; only the end if it is too long. */
function followedBy(said: Tail, thrown: string): string {
  said.add(new TextEncoder().encode(thrown));
  return said.text;
}

// Not awaited: the module may import a file that imports this one.
if (import.meta.main) void hostModule();

/** A module object of Node's loader. */
interface LoadingModule {
  exports: unknown;
  _compile(code: string, path: string): void;
}

/**
 * Makes `require()` read files from the disk. In an executable it otherwise finds only
 * compiled-in files; `import` of ES modules has no such limit.
 */
function requireFromDisk(): void {
  const { extensions } = createRequire(import.meta.url);
  const read = (path: string) => readFileSync(path, "utf8");
  const compile = (module: LoadingModule, path: string) =>
    module._compile(read(path), path);
  Object.assign(extensions, {
    ".js": compile,
    ".cjs": compile,
    ".json": (module: LoadingModule, path: string) => {
      module.exports = JSON.parse(read(path));
    },
  });
}

/** Runs a task; its output, then or later, is added to a tail. */
type Capture = <Result>(tail: Tail, task: () => Result) => Result;

/**
 * Captures the console and the standard streams of this process. Code outside of tasks,
 * such as a thread of the module, prints as before.
 *
 * @returns A function that runs tasks.
 */
function captureOutput(): Capture {
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
