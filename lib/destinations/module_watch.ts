// The thread of a module's process that reads its standard input. It ends the process when
// the inbox is gone or too much memory is used, even if an event handler never yields.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import process from "node:process";
import { type ModuleStart, REQUEST_LENGTH_MAX } from "./module_protocol.ts";
import { readLines } from "./read_lines.ts";

const LOOK_EVERY_MS = 100;

const lines = readLines(Deno.stdin.readable, REQUEST_LENGTH_MAX);
const first = await lines.next();
if (first.done) end();
else {
  const start: ModuleStart = JSON.parse(first.value);
  limitMemory(start.memoryBytesMax);
  self.postMessage(start);
  for await (const line of lines) self.postMessage(JSON.parse(line));
  end(); // Whoever wrote them is gone.
}

function limitMemory(bytesMax: number): void {
  setInterval(() => {
    if (Deno.memoryUsage().rss <= bytesMax) return;
    const megabytes = Math.round(bytesMax / (1 << 20));
    const text = `It used more than ${megabytes} MB\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(text));
    end();
  }, LOOK_EVERY_MS);
}

function end(): void {
  try {
    Deno.kill(Deno.pid, "SIGKILL");
  } catch {
    process.abort(); // In Deno 2.6 threads give up what the main thread does.
  }
}
