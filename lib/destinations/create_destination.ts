/**
 * Chooses the kind of destination that the settings ask for.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { withTimeout } from "../timeout.ts";
import type { Destination } from "./destination.ts";
import type {
  ChildEnvironment,
  DestinationConfig,
} from "./destination_config.ts";
import { createExec } from "./exec.ts";
import { createForward } from "./forward.ts";
import { createModule, type ModuleDestination } from "./module.ts";

/** How long a module is waited for before anything is dispatched. */
const WARM_UP_MS = 2_000;

/** What {@linkcode createDestination} uses of the world. */
export interface DestinationDeps {
  /** @default {globalThis.fetch} */
  fetch?: typeof fetch;
  /** @default {systemClock} */
  clock?: Clock;
  /** Sent with what is forwarded, so that the inbox knows its own. */
  inboxId?: string;
  /**
   * The environment of commands and modules.
   *
   * @default {the inherited one}
   */
  environment?: ChildEnvironment;
}

/**
 * Makes a destination.
 *
 * @param config What it is.
 * @param deps The world, the real one unless given.
 * @returns The destination; one that has a `load()` is a module.
 * @throws {DOMException} When the secret of an HTTP destination is empty.
 */
export async function createDestination(
  { target, timeoutMs }: DestinationConfig,
  deps: DestinationDeps = {},
): Promise<Destination | ModuleDestination> {
  const { environment = {}, inboxId, ...world } = deps;
  switch (target.kind) {
    case "http":
      return await createForward({
        ...target,
        timeoutMs,
        headers: {
          ...target.headers,
          ...(inboxId !== undefined && { "persona-inbox-id": inboxId }),
        },
      }, world);
    case "exec":
      return createExec({ ...target, timeoutMs, environment });
    case "module": {
      const module = createModule({ ...target, timeoutMs, environment });
      // What comes first finds it loaded, and a slow one holds up no other destination.
      await withTimeout(module.load(), WARM_UP_MS, undefined);
      return module;
    }
  }
}
