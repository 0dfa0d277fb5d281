// The check of destinations. Nothing is sent to them: no command is run, and of
// a module no handler.

import { destinationInfo } from "../views/destination_info.ts";
import type {
  ChildEnvironment,
  DestinationConfig,
} from "../destinations/destination_config.ts";
import { isThisMachine } from "../config/this_machine.ts";
import { inspectModule } from "../app/inspect_module.ts";
import { moduleFaults } from "../app/module_faults.ts";
import { type Connect, connect, connectFault } from "./connect.ts";
import { canOpen } from "./files.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";
import { programFault } from "./program.ts";

/** The surroundings that destinations are checked in. */
export interface DestinationWorld {
  /** The directories that the system looks for programs in. */
  readonly programFolders: () => readonly string[];
  /** Variables that name a proxy; this machine is exempt from it. */
  readonly proxyVariables?: readonly string[];
  /** @default {connect} */
  readonly connect?: Connect;
  /** The environment of modules; the inherited one unless given. */
  readonly environment?: ChildEnvironment;
  /** The longest time that a module may take to load, in milliseconds. */
  readonly loadTimeoutMs?: number;
  /** Called with the keys of each module that can be loaded. */
  readonly onModule?: (destination: string, keys: readonly string[]) => void;
}

/** Checks a destination. */
export async function checkDestination(
  config: DestinationConfig,
  world: DestinationWorld,
): Promise<readonly Finding[]> {
  const name = `to ${config.name}`;
  const { target: shown } = destinationInfo(config);
  const { target } = config;
  switch (target.kind) {
    case "http": {
      const fault = await reach(new URL(target.url), world.connect ?? connect);
      if (fault === undefined) return [ok(name, `${shown} can be reached`)];
      const { proxyVariables = [] } = world;
      if (proxyVariables.length > 0 && !isThisMachine(new URL(target.url))) {
        return [
          warning(
            name,
            `${shown} ${fault.summary} without the proxy of ${
              proxyVariables.join(", ")
            }, which was not tried`,
            "Send an event to see whether the proxy reaches it",
          ),
        ];
      }
      return [failed(name, `${shown} ${fault.summary}`, fault.hint)];
    }
    case "exec": {
      const [program] = target.command;
      const fault = programFault(program, world.programFolders());
      if (fault === null) return [ok(name, `${shown} can be run`)];
      return [failed(name, `${shown} ${fault.summary}`, fault.hint)];
    }
    case "module": {
      if (!canOpen(target.path, { read: true })) {
        return [
          failed(
            name,
            `${shown} must be a file that this user can read`,
            'Is it there? A relative "module" begins in the folder of inbox.json',
          ),
        ];
      }
      const { loadTimeoutMs, environment } = world;
      const loaded = await inspectModule(target.path, {
        ...(environment !== undefined && { environment }),
        ...(loadTimeoutMs !== undefined && { loadTimeoutMs }),
      });
      const faults = moduleFaults(loaded);
      if (!loaded.ok) {
        return faults.map(({ summary, hint }) =>
          failed(name, `${shown} ${summary}`, hint)
        );
      }
      world.onModule?.(config.name, loaded.globs);
      return [
        ok(name, `${shown} can be loaded`),
        ...faults.map(({ summary, hint }) => warning(name, summary, hint)),
      ];
    }
  }
}

async function reach(url: URL, connect: Connect) {
  const isTls = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (isTls ? 443 : 80);
  try {
    await connect({ hostname, port, isTls });
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return connectFault(error);
  }
}
