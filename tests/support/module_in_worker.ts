/** A worker in which module destinations are used, as the dispatcher's is. */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { createModule } from "../../lib/destinations/module.ts";
import { dispatchOf, NEVER } from "./dispatches.ts";

/** Makes attempts for events of these names, all at once or one after another. */
export interface ModuleRun {
  path: string;
  timeoutMs: number;
  /** Those of one list run at once. */
  eventNames: readonly (readonly string[])[];
}

self.onmessage = async ({ data }: MessageEvent<ModuleRun>) => {
  const { path, timeoutMs, eventNames } = data;
  const destination = createModule({ path, timeoutMs });
  const outcomes = [];
  for (const names of eventNames) {
    await destination.load(); // Which may take longer than an attempt.
    const attempts = names.map((eventName) =>
      destination.attempt(dispatchOf({ eventName }), NEVER)
    );
    outcomes.push(await Promise.all(attempts));
  }
  await destination.close();
  self.postMessage(outcomes);
};
