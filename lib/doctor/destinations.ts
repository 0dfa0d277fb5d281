/**
 * Whether destinations are there. Nothing is sent to them: no command is run, and of
 * a module no handler.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { destinationInfo } from "../views/destination_info.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { inspectModule } from "../app/inspect_module.ts";
import { type Connect, connect, connectFault } from "./connect.ts";
import { canOpen, isExecutable } from "./files.ts";
import { failed, type Finding, ok } from "./finding.ts";

/** What looking at destinations needs of the world. */
export interface DestinationWorld {
  /** Where the system looks for a program by its name. */
  readonly programFolders: () => readonly string[];
  /** @default {connect} */
  readonly connect?: Connect;
  /** How long a module may take to load; long unless said. */
  readonly loadTimeoutMs?: number;
}

/**
 * Looks at a destination.
 *
 * @param config The destination.
 * @param world What that needs of the world.
 * @returns One finding.
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
      return [failed(name, `${shown} ${fault.summary}`, fault.hint)];
    }
    case "exec": {
      const [program] = target.command;
      if (isProgram(program, world.programFolders())) {
        return [ok(name, `${shown} can be run`)];
      }
      return [
        failed(
          name,
          `${shown} must be an executable file`,
          "Is it there, named rightly, and executable (chmod +x)?",
        ),
      ];
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
      const { loadTimeoutMs: timeoutMs } = world;
      const fault = await inspectModule(target.path, { timeoutMs });
      if (fault === null) return [ok(name, `${shown} can be loaded`)];
      return [
        failed(
          name,
          `${shown} cannot be loaded: ${firstLine(fault)}`,
          "Mend the module: its default export must be functions by event name",
        ),
      ];
    }
  }
}

/** The rest may be a part of the code. */
function firstLine(text: string): string {
  return text.split("\n", 1).join();
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

function isProgram(program: string, folders: readonly string[]): boolean {
  const suffixes = Deno.build.os === "windows" ? ["", ".exe"] : [""];
  const paths = isAbsolute(program)
    ? [program]
    : folders.map((folder) => join(folder, program));
  return paths.some((path) =>
    suffixes.some((suffix) => isExecutable(`${path}${suffix}`))
  );
}
