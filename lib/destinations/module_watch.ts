/**
 * The thread that ends a module's process when the inbox is gone, or when it uses too
 * much memory, even while a handler never yields.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import process from "node:process";
import type { ModuleStart } from "./module_protocol.ts";

const LOOK_EVERY_MS = 100;

const print = Deno.stderr.writeSync.bind(Deno.stderr);

self.onmessage = ({ data }: MessageEvent<ModuleStart>) => {
  const { parentId, memoryBytesMax } = data;
  setInterval(() => {
    if (Deno.ppid !== parentId) end();
    if (Deno.memoryUsage().rss <= memoryBytesMax) return;
    const megabytes = Math.round(memoryBytesMax / (1 << 20));
    print(new TextEncoder().encode(`It used more than ${megabytes} MB\n`));
    end();
  }, LOOK_EVERY_MS);
};

function end(): void {
  try {
    Deno.kill(Deno.pid, "SIGKILL");
  } catch {
    process.abort(); // In Deno 2.6 threads give up what the main thread does.
  }
}
