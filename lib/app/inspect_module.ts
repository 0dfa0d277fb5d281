/**
 * Whether a user's module can be used, found out by loading it as its destination
 * does. None of its handlers is run, but what it does when it is loaded is done.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import {
  type LoadedModule,
  ModuleProcess,
  type ModuleProcessOptions,
} from "../destinations/module_process.ts";

// What an executable does in the role of a module's process.
export { hostModule } from "../destinations/module_host.ts";
export { MODULE_COMMAND } from "../destinations/module_protocol.ts";

/**
 * Loads a module in a process, and ends that.
 *
 * @param path Where the module is.
 * @param options Its environment, and how long loading may take.
 * @returns The keys of its handlers, or why it cannot be used.
 */
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
