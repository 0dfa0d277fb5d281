// A check of a user's module: it is loaded as its destination does it. No event handler
// runs, but its top-level code does.

import { pathToFileURL } from "node:url";
import {
  type LoadedModule,
  ModuleProcess,
  type ModuleProcessOptions,
} from "../destinations/module_process.ts";

// The entry point of an executable as a module's process.
export { hostModule } from "../destinations/module_host.ts";
export { MODULE_COMMAND } from "../destinations/module_protocol.ts";

/** Loads a module in a process, and ends the process. */
export async function inspectModule(
  path: string,
  options: Pick<ModuleProcessOptions, "environment" | "loadTimeoutMs"> = {},
): Promise<LoadedModule> {
  const url = pathToFileURL(path).href;
  try {
    const process = new ModuleProcess(url, options);
    const loaded = await process.loaded;
    await process.end("");
    return loaded;
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : "" };
  }
}
