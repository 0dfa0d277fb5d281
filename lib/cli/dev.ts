// `dev`: the server for a developer, which restarts when its settings change.

import type { Config } from "../config/settings.ts";
import { UsageError } from "../errors.ts";
import type { Args, Command } from "./command.ts";
import type { Io } from "./io.ts";
import { notify } from "./print.ts";
import { runServer, SERVER_FLAGS } from "./serve.ts";
import { stateOfFiles, untilChanged } from "./watch_settings.ts";

/** `persona-inbox dev` */
export const devCommand: Command = {
  name: "dev",
  summary:
    "The same for a developer: readable log, works without a secret, restarts on change of its settings",
  operandsMax: 0,
  examples: ["dev", "dev --port 0 --store sqlite::memory:"],
  flags: SERVER_FLAGS,
  run: dev,
};

/** Stands for a change while there is none. */
const never = new Promise<never>(() => {});

async function dev(args: Args, io: Io): Promise<number> {
  let before = stateOf(args, io);
  let config = await firstConfig(args, io);
  let port = config.port;
  for (;;) {
    const ended = new AbortController();
    const { signal } = ended;
    const change = changedConfig(args, io, { before, signal });
    try {
      const end = await runServer("dev", { ...config, port }, io, {
        restart: change.then((changed) => changed ?? never),
        onListening: (listening) => port = listening.port,
      });
      if (end === "stopped") return 0;
    } finally {
      ended.abort();
    }
    const changed = await change;
    if (changed === null) return 0;
    ({ config, before } = changed);
    port = config.port || port; // With port 0 the URL stays as it is.
  }
}

/** Waits for a change of the files while the settings have a fault that stands there. */
async function firstConfig(args: Args, io: Io): Promise<Config> {
  for (;;) {
    const before = stateOf(args, io);
    try {
      return args.loadConfig("dev", io);
    } catch (error) {
      const paths = args.settingsFiles(io);
      if (!(error instanceof UsageError) || !isInFiles(error, paths)) {
        throw error;
      }
      await tell(error, io);
      await notify("Waiting for a change of the settings files", io);
      await untilChanged(paths, { before });
    }
  }
}

/** Returns whether each fault stands in a settings file, where it can be fixed. */
function isInFiles({ faults }: UsageError, paths: readonly string[]): boolean {
  return faults.every((fault) =>
    fault.startsWith("Cannot read the file of") ||
    paths.some((path) =>
      fault.startsWith(`Cannot read ${path}:`) || fault.includes(` in ${path}`)
    )
  );
}

/** Waits for a change after which the settings can be used; null when it was ended. */
async function changedConfig(
  args: Args,
  io: Io,
  { before, signal }: { before: string; signal: AbortSignal },
): Promise<{ config: Config; before: string } | null> {
  let last = before;
  for (;;) {
    const paths = args.settingsFiles(io);
    if (!await untilChanged(paths, { before: last, signal })) return null;
    last = stateOf(args, io);
    try {
      return { config: args.loadConfig("dev", io), before: last };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      await tell(error, io);
      await notify(
        "Still running with the settings from before that change",
        io,
      );
    }
  }
}

function stateOf(args: Args, io: Io): string {
  return stateOfFiles(args.settingsFiles(io));
}

async function tell({ faults }: UsageError, io: Io): Promise<void> {
  for (const fault of faults) await notify(fault, io);
}
