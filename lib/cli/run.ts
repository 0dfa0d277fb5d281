// The command line: finds the command, runs it, and turns what went wrong into
// words and an exit code.

import { hostModule, MODULE_COMMAND } from "../app/inspect_module.ts";
import { InboxError, UsageError } from "../errors.ts";
import { didYouMean } from "../persona/nearest_name.ts";
import { VERSION } from "../version.ts";
import { auditCommand } from "./audit.ts";
import { backupCommand } from "./backup.ts";
import { type Command, readArgs } from "./command.ts";
import { completionsCommand } from "./completions.ts";
import { devCommand } from "./dev.ts";
import { doctorCommand } from "./doctor.ts";
import { eraseCommand } from "./erase.ts";
import { eventsCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { commandHelp, programHelp } from "./help.ts";
import { holdCommand, releaseCommand } from "./hold.ts";
import type { Io } from "./io.ts";
import { keysCommand } from "./keys.ts";
import { notify } from "./print.ts";
import { migrateStoreCommand } from "./migrate_store.ts";
import { reloadCommand } from "./reload.ts";
import { rejectedCommand } from "./rejected.ts";
import { pauseCommand, resumeCommand } from "./pause.ts";
import { replayCommand } from "./replay.ts";
import { schemaCommand } from "./schema.ts";
import { sendCommand } from "./send.ts";
import { serveCommand } from "./serve.ts";
import { tailCommand } from "./tail.ts";

const COMMANDS: readonly Command[] = [
  serveCommand,
  devCommand,
  sendCommand,
  eventsCommand,
  tailCommand,
  replayCommand,
  rejectedCommand,
  reloadCommand,
  pauseCommand,
  resumeCommand,
  eraseCommand,
  holdCommand,
  releaseCommand,
  explainCommand,
  backupCommand,
  migrateStoreCommand,
  auditCommand,
  keysCommand,
  doctorCommand,
  completionsCommand(() => COMMANDS),
  schemaCommand,
];

/**
 * Runs one command.
 *
 * @returns The exit code: 0 done, 1 failed, 2 wrong usage or settings.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await runCommand(args, io);
  } catch (error) {
    return await report(error, io);
  }
}

async function runCommand(
  given: readonly string[],
  io: Io,
): Promise<number> {
  // As in `help events`.
  const args = given[0] === "help" ? [...given.slice(1), "--help"] : given;
  const [first = ""] = args;
  if (first === MODULE_COMMAND) {
    await hostModule();
    return 0;
  }
  if (args.includes("--version") || args.includes("-V")) {
    await io.stdout(`persona-inbox ${VERSION}\n`);
    return 0;
  }
  const isNamed = first !== "" && !first.startsWith("-");
  const command = isNamed
    ? COMMANDS.find(({ name }) => name === first)
    : serveCommand;
  const isHelp = args.includes("--help") || args.includes("-h");
  if (isHelp && command) {
    await io.stdout(isNamed ? commandHelp(command) : programHelp(COMMANDS));
    return 0;
  }
  if (!command) {
    const names = COMMANDS.map(({ name }) => name);
    const hint = didYouMean(first, names) || ` Commands: ${names.join(", ")}`;
    throw new UsageError([`Unknown command "${first}".${hint}`]);
  }
  const read = isNamed
    ? readArgs(command, args.slice(1))
    : readArgs(command, args, { isNamed });
  return await command.run(read, io);
}

async function report(error: unknown, io: Io): Promise<number> {
  // As in `events | head`: whoever read has enough.
  if (error instanceof Deno.errors.BrokenPipe) return 0;
  if (error instanceof UsageError) {
    for (const fault of error.faults) await notify(fault, io);
    return 2;
  }
  if (error instanceof InboxError) {
    await notify([error.message, error.hint].filter(Boolean).join("\n"), io);
    return 1;
  }
  const name = error instanceof Error ? error.name : "Unknown failure";
  await notify(
    `${name}: this is a bug in persona-inbox, please report it`,
    io,
  );
  return 1;
}
