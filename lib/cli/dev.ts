// `dev`: the server for a developer, which follows its settings.

import type { Config } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import type { Args, Command } from "./command.ts";
import type { Io } from "./io.ts";
import { notify } from "./print.ts";
import { runServer, SERVER_FLAGS } from "./serve.ts";
import { SettingsSource } from "./settings_source.ts";

/** `persona-inbox dev` */
export const devCommand: Command = {
  name: "dev",
  summary: "The same for a developer: readable log, works without a secret",
  operandsMax: 0,
  examples: ["dev", "dev --port 0 --store sqlite::memory:"],
  flags: SERVER_FLAGS,
  run: dev,
};

async function dev(args: Args, io: Io): Promise<number> {
  const source = new SettingsSource("dev", args, io);
  let port = 0;
  for (;;) {
    const config = await firstConfig(source, io);
    // With port 0 the URL stays as it is.
    const end = await runServer("dev", config, io, {
      source,
      port: config.port || port,
      onListening: (listening) => port = listening.port,
    });
    if (end === "stopped") return 0;
  }
}

/** Waits for a change of the files while the settings have a fault in them. */
async function firstConfig(source: SettingsSource, io: Io): Promise<Config> {
  for (;;) {
    try {
      return source.load();
    } catch (error) {
      if (!(error instanceof UsageError) || !isInFiles(error, source.files)) {
        throw error;
      }
      for (const fault of error.faults) await notify(fault, io);
      await notify("Waiting for a change of the settings files", io);
      await source.untilChanged();
      await source.untilAtRest();
    }
  }
}

/** Returns whether each fault is in a settings file, where it can be fixed. */
function isInFiles({ faults }: UsageError, paths: readonly string[]): boolean {
  return faults.every((fault) =>
    fault.startsWith("Cannot read the file of") ||
    paths.some((path) =>
      fault.startsWith(`Cannot read ${path}:`) || fault.includes(` in ${path}`)
    )
  );
}
