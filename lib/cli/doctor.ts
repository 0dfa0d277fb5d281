// `doctor`: checks what a server needs, and says what to fix.

import { systemClock } from "../clock.ts";
import { readEngine } from "../app/check_engine.ts";
import { mayUseAnyEngine, programFolders } from "../config/load_config.ts";
import { examineAll } from "../doctor/doctor.ts";
import { failed, type Finding, ok, warning } from "../doctor/finding.ts";
import { InboxError, UsageError } from "../errors.ts";
import type { Config } from "../config/settings.ts";
import {
  type Args,
  type Command,
  JSON_FLAG,
  SERVER_SETTINGS,
  settingFlags,
} from "./command.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";

/** The remedy for a fault of the settings, which says by itself what is wrong. */
const SETTINGS_HINT = "Fix it there: nothing else is checked until then";

/** A fault of a missing setting, which ends with the remedy. */
const MISSING = /^(.*? must be set\b.*?): (.*)$/s;

/** `persona-inbox doctor` */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Check settings, store, disk, server and destinations",
  operandsMax: 0,
  examples: [
    "doctor",
    "doctor --store sqlite:/var/lib/persona-inbox/inbox.db",
    "doctor | jq 'select(.status != \"ok\")'",
  ],
  flags: {
    ...JSON_FLAG,
    ...settingFlags(...SERVER_SETTINGS),
  },
  run: doctor,
};

async function doctor(args: Args, io: Io): Promise<number> {
  const asJson = args.isJson(io);
  let hasFailed = false;
  const tell = async (finding: Finding) => {
    if (finding.status === "failed") hasFailed = true;
    if (asJson) await print(JSON.stringify(finding), io);
    else await show(finding, io);
  };
  const { config, found } = readSettings(args, io);
  for (const finding of found) await tell(finding);
  // Without settings there is nothing to look at.
  if (config === null) return 2;
  const findings = examineAll({
    config,
    clock: systemClock,
    engine: mayUseAnyEngine(io.sources)
      ? { ...readEngine(), isUnsafe: false }
      : readEngine(),
    platform: { deno: Deno.version.deno, target: Deno.build.target },
    fetch: io.fetch,
    programFolders: () => programFolders(io.sources),
  });
  for await (const finding of findings) await tell(finding);
  return hasFailed ? 1 : 0;
}

/** Settings that a command can work with may still not be enough for a server. */
function readSettings(
  args: Args,
  io: Io,
): { config: Config | null; found: readonly Finding[] } {
  const { config, faults } = loadConfig("serve", args, io);
  if (config) {
    const places = args.settingPlaces(io).join(", ");
    const summary = ok("settings", `enough to serve: ${places}`);
    return { config, found: [summary, ...warningsOf(config)] };
  }
  const found = faults.map((fault) => {
    const [, summary = fault, hint = SETTINGS_HINT] = MISSING.exec(fault) ?? [];
    return failed("settings", summary, hint);
  });
  const { config: usable } = loadConfig("tool", args, io);
  return { config: usable, found: [...found, ...warningsOf(usable)] };
}

function warningsOf(config: Config | null): Finding[] {
  return (config?.warnings ?? []).map(({ summary, hint }) =>
    warning("settings", summary, hint)
  );
}

/** Faults of the arguments are not findings. */
function loadConfig(
  mode: "serve" | "tool",
  args: Args,
  io: Io,
): { config: Config | null; faults: readonly string[] } {
  try {
    return { config: args.loadConfig(mode, io), faults: [] };
  } catch (error) {
    if (error instanceof UsageError && args.faults.length === 0) {
      return { config: null, faults: error.faults };
    }
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new InboxError(
      "Cannot read the settings: reading the environment is not permitted",
      "Add to deno run the flag --allow-env",
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
  // By itself, as colors are what `print()` escapes.
  await io.stdout(
    io.stdoutHasColor ? `\x1b[${color}m${mark}\x1b[0m ` : `${mark} `,
  );
  await print(`${name.padEnd(11)}  ${summary}`, io);
  if (hint !== null) await print(`    ${hint}`, io);
}
