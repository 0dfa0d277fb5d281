// Modules and commands of destinations, looked at before a server starts: one that
// cannot be loaded or run would fail every event.

import { programFolders } from "../config/load_config.ts";
import type { Config } from "../config/settings.ts";
import { checkDestination } from "../doctor/destinations.ts";
import { examine, type Finding } from "../doctor/finding.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "./io.ts";

/** The settings of a server whose modules and commands were checked. */
export interface CheckedConfig extends Config {
  /** The keys of event handlers, by the name of the module's destination. */
  readonly moduleKeys: ReadonlyMap<string, readonly string[]>;
}

/**
 * Loads every module once and looks for every command; runs no event handler and no
 * command. Under `dev` a fault is a warning: whoever works on a module breaks it now
 * and then, and it is reloaded once it is fixed.
 *
 * @returns The settings, with a warning for each likely mistake, and the modules' keys.
 * @throws {UsageError} With every module that cannot be loaded, and every command that
 * cannot be run.
 */
export async function checkTargets(
  mode: "serve" | "dev",
  config: Config,
  io: Pick<Io, "sources">,
): Promise<CheckedConfig> {
  const moduleKeys = new Map<string, readonly string[]>();
  const world = {
    programFolders: () => programFolders(io.sources),
    environment: config.childEnvironment,
    onModule: (name: string, keys: readonly string[]) =>
      void moduleKeys.set(name, keys),
  };
  const local = config.destinations.filter(({ target }) =>
    target.kind !== "http"
  );
  const found = await Promise.all(local.map((destination) => {
    const check = () => checkDestination(destination, world);
    return examine(`to ${destination.name}`, check);
  }));
  const of = (status: Finding["status"]) =>
    found.flat().filter((finding) => finding.status === status);
  const faults = of("failed");
  if (mode === "serve" && faults.length > 0) {
    throw new UsageError(
      faults.map((fault) => `${sentenceOf(fault)}. ${fault.hint}`),
    );
  }
  const warnings = [...faults, ...of("warning")].map((finding) => ({
    summary: sentenceOf(finding),
    hint: finding.hint ?? "",
  }));
  return {
    ...config,
    warnings: [...config.warnings, ...warnings],
    moduleKeys,
  };
}

function sentenceOf({ name, status, summary }: Finding): string {
  return status === "failed"
    ? `Cannot dispatch ${name}: ${summary}`
    : `Dispatching ${name}: ${summary}`;
}
