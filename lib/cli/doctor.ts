/**
 * `doctor`: looks at what a server needs, and says what to mend.
 *
 * @module
 */

import { systemClock } from "../clock.ts";
import { programFolders } from "../config.ts";
import { examineAll } from "../doctor/doctor.ts";
import { failed, type Finding, ok } from "../doctor/finding.ts";
import { InboxError, UsageError } from "../errors.ts";
import type { Config } from "../settings.ts";
import {
  type Args,
  type Command,
  SERVER_SETTINGS,
  settingFlags,
} from "./command.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";

/** `persona-inbox doctor` */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Look at settings, store, disk, server and destinations",
  operandsMax: 0,
  examples: [
    "doctor",
    "doctor --store sqlite:/var/lib/persona-inbox/inbox.db",
    "doctor | jq 'select(.status != \"ok\")'",
  ],
  flags: {
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags(...SERVER_SETTINGS),
  },
  run: doctor,
};

async function doctor(args: Args, io: Io): Promise<number> {
  const asJson = args.has("json") || !io.stdoutIsTerminal;
  let hasFailed = false;
  for await (const finding of findings(args, io)) {
    if (finding.status === "failed") hasFailed = true;
    if (asJson) await print(JSON.stringify(finding), io);
    else await show(finding, io);
  }
  return hasFailed ? 1 : 0;
}

async function* findings(args: Args, io: Io): AsyncGenerator<Finding> {
  const { config, found } = readSettings(args, io);
  yield* found;
  yield* examineAll({
    config,
    clock: systemClock,
    fetch: io.fetch,
    programFolders: () => programFolders(io.sources),
  });
}

/** Valid settings may still not be enough for a server. */
function readSettings(
  args: Args,
  io: Io,
): { config: Config; found: readonly Finding[] } {
  const config = loadConfig(args, io);
  try {
    const places = args.settingPlaces(io).join(", ");
    const found = [ok("settings", `enough to serve: ${places}`)];
    return { config: args.loadConfig("serve", io), found };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const found = error.faults.map((fault) => {
      const [, summary = fault, hint = ""] = /^(.*?): (.*)$/s.exec(fault) ?? [];
      return failed("settings", summary, hint);
    });
    return { config, found };
  }
}

function loadConfig(args: Args, io: Io): Config {
  try {
    return args.loadConfig("tool", io);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new InboxError(
      "Cannot read the settings as reading the environment must be permitted",
      "Give deno run the flag --allow-env",
      { cause: error },
    );
  }
}

const MARKS = {
  ok: { mark: "✓", color: 32 },
  warning: { mark: "!", color: 33 },
  failed: { mark: "✗", color: 31 },
};

async function show(finding: Finding, io: Io): Promise<void> {
  const { name, status, summary, hint } = finding;
  const { mark, color } = MARKS[status];
  // By itself, as colours are what `print()` escapes.
  await io.stdout(
    io.stdoutHasColor ? `\x1b[${color}m${mark}\x1b[0m ` : `${mark} `,
  );
  await print(`${name.padEnd(11)}  ${summary}`, io);
  if (hint !== null) await print(`    ${hint}`, io);
}
