// The check of destinations. Nothing is sent to them: no command is run, and of
// a module no handler.

import { destinationInfo } from "../views/destination_info.ts";
import type {
  ChildEnvironment,
  DestinationConfig,
} from "../destinations/destination_config.ts";
import { unmatchedGlobText } from "../persona/known_globs.ts";
import { inspectModule } from "../app/inspect_module.ts";
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
}

/**
 * Checks a destination.
 *
 * @param world Its surroundings.
 */
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
      if (!loaded.ok) {
        return [
          failed(
            name,
            `${shown} cannot be loaded: ${summaryOf(loaded.fault)}`,
            "Fix the module: its default export must be functions by event name",
          ),
        ];
      }
      return [ok(name, `${shown} can be loaded`), ...unmatched(name, loaded)];
    }
  }
}

/** The line that names the error; the rest may be a part of the code. */
function summaryOf(fault: string): string {
  const lines = fault.split("\n");
  return lines.find((line) =>
    /^(?:error: )?(?:Uncaught )?\w*(?:Error|Exception)\b/.test(line)
  ) ??
    lines[0] ?? "";
}

/** Keys of event handlers that match nothing known. */
function unmatched(
  name: string,
  { globs }: { globs: readonly string[] },
): Finding[] {
  return globs.flatMap((glob) => {
    const text = unmatchedGlobText(glob);
    if (text === null) return [];
    const hint = "Fix the key of the event handler, unless the event is newer";
    return [warning(name, `event handler ${text}`, hint)];
  });
}

function isThisMachine({ hostname }: URL): boolean {
  return /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0|\[::\])$/
    .test(hostname);
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
