/**
 * The thread of a module: user code that never yields cannot stop the inbox.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import process from "node:process";
import { checkHandlers } from "./check_handlers.ts";
import { abortReason } from "./deadline.ts";
import type { Dispatch } from "./destination.ts";
import type { Handlers } from "./handlers.ts";
import type { ModuleReply, ModuleRequest } from "./module_protocol.ts";
import { runHandlers } from "./run_handlers.ts";
import { describeThrown } from "./thrown.ts";

const running = new Map<number, AbortController>();
let loading: Promise<Handlers | null>;

// Listeners, as user code may set `self.onmessage` and the like.
self.addEventListener("message", ({ data }: MessageEvent<ModuleRequest>) => {
  switch (data.op) {
    case "load":
      loading = load(data.url);
      break;
    case "run":
      void run(data.id, data.dispatch);
      break;
    case "abort":
      running.get(data.id)?.abort(abortReason(data.reason));
      break;
    case "ping":
      reply({ op: "pong" });
  }
});

// Unprevented, it would be printed, with what it says of the event.
self.addEventListener("error", (event) => {
  event.preventDefault();
  fail(describeThrown(event.error));
});
self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(describeThrown(event.reason));
});

// Nobody would be told.
self.close = () => fail("The module closed its worker");
const exit = () => {
  self.close();
  throw new Error("The module closed its worker"); // What follows shall not run.
};
Object.assign(Deno, { exit });
Object.assign(process, { exit });

const send = self.postMessage.bind(self);

function reply(message: ModuleReply): void {
  send(message);
}

function fail(output: string): void {
  reply({ op: "failed", output });
}

async function load(url: string): Promise<Handlers | null> {
  try {
    const module: { default?: unknown } = await import(url);
    const checked = checkHandlers(module.default);
    if (checked.ok) {
      reply({ op: "loaded" });
      return checked.handlers;
    }
    fail(checked.fault);
  } catch (thrown) {
    fail(describeThrown(thrown));
  }
  return null;
}

async function run(id: number, dispatch: Dispatch): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const handlers = await loading;
  if (handlers === null) return;
  const outcome = await runHandlers(handlers, dispatch, controller.signal);
  running.delete(id);
  reply({ op: "ended", id, outcome });
}
