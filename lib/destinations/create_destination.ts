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

/** The wait for a module before dispatching starts. */
const WARM_UP_MS = 2_000;

/** Dependencies of {@linkcode createDestination}. */
export interface DestinationDeps {
  /** @default {globalThis.fetch} */
  fetch?: typeof fetch;
  /** @default {systemClock} */
  clock?: Clock;
  /** Sent with forwarded events, so that the inbox recognizes its own. */
  inboxId?: string;
  /**
   * The environment of commands and modules.
   *
   * @default {the inherited one}
   */
  environment?: ChildEnvironment;
  /** Called with the exit of a module's process that ended by itself between attempts. */
  onModuleEnd?: (exit: string) => void;
}

/**
 * Creates a destination.
 *
 * @returns The destination; one with `load()` is a module.
 * @throws {RangeError} If the secret of an HTTP destination is empty.
 */
export async function createDestination(
  { target, timeoutMs }: DestinationConfig,
  deps: DestinationDeps = {},
): Promise<Destination | ModuleDestination> {
  const { environment = {}, inboxId, onModuleEnd, ...world } = deps;
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
      const module = createModule({
        ...target,
        timeoutMs,
        environment,
        ...(onModuleEnd && { onIdleEnd: onModuleEnd }),
      });
      // The first event finds it loaded; a slow one holds up no other destination.
      await withTimeout(module.load(), WARM_UP_MS, undefined);
      return module;
    }
  }
}
