/**
 * Whether a user's module can be used, found out by loading it as its destination
 * does. None of its handlers is run, but what it does when it is loaded is done.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import {
  LOAD_TIMEOUT_MS,
  type ModuleReply,
  type ModuleRequest,
} from "../destinations/module_protocol.ts";
import { describeThrown } from "../destinations/thrown.ts";

/**
 * Loads a module in a worker, and ends that.
 *
 * @param path Where the module is.
 * @param options How long it may take.
 * @returns Why it cannot be used; null when it can.
 */
export async function inspectModule(
  path: string,
  { timeoutMs = LOAD_TIMEOUT_MS }: { timeoutMs?: number | undefined } = {},
): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const url = new URL("../destinations/module_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "module" });
  worker.onmessage = ({ data }: MessageEvent<ModuleReply | null>) => {
    if (data?.op === "loaded") resolve(null);
    // The module may have sent something, too: anything.
    if (data?.op === "failed") resolve(describeThrown(data.output));
  };
  worker.onerror = (event) => {
    event.preventDefault(); // Or it would be ours.
    resolve(event.message);
  };
  const seconds = timeoutMs / 1_000;
  const late = `it does not get done within ${seconds} s`;
  const timer = setTimeout(resolve, timeoutMs, late);
  const request: ModuleRequest = { op: "load", url: pathToFileURL(path).href };
  worker.postMessage(request);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.terminate();
  }
}
