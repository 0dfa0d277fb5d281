import { parseArgs, type ParseArgsConfig } from "node:util";
import {
  loadConfig,
  settingPlaces,
  settingsFiles,
} from "../config/load_config.ts";
import { HTTP_URL } from "../config/http_url.ts";
import { UsageError } from "../errors.ts";
import { nearestName } from "../persona/nearest_name.ts";
import {
  type Config,
  type Mode,
  type Setting,
  SETTINGS,
} from "../config/settings.ts";
import type { Io } from "./io.ts";

/** A flag of a command. */
export interface Flag {
  /** The letter that stands for its name, as in `-n`. */
  readonly short?: string;
  /** The placeholder of its value in `--help`; a flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
  /** Its possible values, if they can be listed. */
  readonly choices?: readonly string[];
  /** True if it may be given several times. */
  readonly multiple?: boolean;
  /** True if its value may be empty. */
  readonly mayBeEmpty?: boolean;
}

/** The flag of every command that prints data. */
export const JSON_FLAG: Readonly<Record<"json", Flag>> = {
  json: { help: "print JSON lines on a terminal too" },
};

/** One command. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments after the name, for `--help`. */
  readonly operands?: string;
  /** Its possible operands, if they can be listed. */
  readonly choices?: readonly string[];
  /** The most operands that it takes. */
  readonly operandsMax: number;
  readonly examples: readonly string[];
  readonly flags: Readonly<Record<string, Flag>>;
  run(args: Args, io: Io): Promise<number>;
}

/** The arguments of a command, known to be of its flags. */
export class Args {
  readonly operands: readonly string[];
  /** The faults so far, to be reported together with those of the settings. */
  readonly faults: string[];
  readonly #values: Readonly<Record<string, readonly string[]>>;

  constructor(
    operands: readonly string[],
    values: Readonly<Record<string, readonly string[]>>,
    faults: string[] = [],
  ) {
    this.operands = operands;
    this.#values = values;
    this.faults = faults;
  }

  /** The value of a flag that may be given once. */
  get(name: string): string | undefined {
    return this.#values[name]?.at(-1);
  }

  /** All values of a flag. */
  all(name: string): readonly string[] {
    return this.#values[name] ?? [];
  }

  /** The URL of a flag, whose text is given; a fault is noted. */
  httpUrl(name: string, text = this.get(name)?.trim()): string | undefined {
    const url = text && HTTP_URL.parse(text);
    if (text !== undefined && url === undefined) {
      const cause = HTTP_URL.likelyCause(text);
      this.faults.push(
        `Cannot use --${name} as it must be ${HTTP_URL.kind}${
          cause && `. ${cause}`
        }`,
      );
    }
    return url;
  }

  /** The whole number of a flag within limits; a fault is noted. */
  number(
    name: string,
    { min, max }: { min: number; max: number },
  ): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    this.faults.push(
      `Cannot use --${name} as it must be a whole number from ${min} to ${max}: current value is ${text}`,
    );
    return undefined;
  }

  /** Returns whether data is printed as JSON lines. */
  isJson(io: Pick<Io, "stdoutIsTerminal">): boolean {
    return this.has("json") || !io.stdoutIsTerminal;
  }

  /** Returns whether a switch was given. */
  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /**
   * Loads the settings, once the command has looked at its own flags.
   *
   * @throws {UsageError} With every fault of the arguments and the settings.
   */
  loadConfig(mode: Mode, io: Pick<Io, "sources">): Config {
    const { flags, faults } = this;
    return loadConfig(mode, { ...io.sources, flags, faults });
  }

  /** @throws {UsageError} With every fault, for a command without settings. */
  throwFaults(): void {
    if (this.faults.length > 0) throw new UsageError(this.faults);
  }

  /** The files with settings, there or not. */
  settingsFiles(io: Pick<Io, "sources">): string[] {
    return settingsFiles({ ...io.sources, flags: this.flags });
  }

  /** The places of all settings that are set. */
  settingPlaces(io: Io): string[] {
    return settingPlaces({ ...io.sources, flags: this.flags });
  }

  /** The value of each flag; the last one if it may be given several times. */
  get flags(): Readonly<Record<string, string | undefined>> {
    const flags: Record<string, string | undefined> = {};
    for (const name of Object.keys(this.#values)) flags[name] = this.get(name);
    return flags;
  }
}

/** The settings of a server that have flags, logging aside. */
export const SERVER_SETTINGS = [
  "secrets",
  "port",
  "hostname",
  "storeUrl",
  "toleranceSeconds",
  "forwardUrl",
  "adminPort",
  "adminHostname",
] as const satisfies readonly (keyof typeof SETTINGS)[];

/** The flag of a setting, and those that every command with settings has. */
export function settingFlags(
  ...names: readonly (keyof typeof SETTINGS)[]
): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const name of names) {
    const { flag, env, help, parse }: Setting<unknown> = SETTINGS[name];
    const choices = parse.schema?.enum;
    if (flag) {
      flags[flag] = {
        value: flag.toUpperCase(),
        help: `${help} (${env})`,
        ...(Array.isArray(choices) && { choices: choices.map(String) }),
      };
    }
  }
  flags.config = {
    value: "FILE",
    help: "settings file, inbox.json if there (INBOX_CONFIG)",
  };
  return flags;
}

/**
 * Reads the arguments of a command.
 *
 * @param args The arguments after its name.
 * @param options Whether that was given, or this is the command without one.
 * @returns The arguments; faults are noted in them.
 */
export function readArgs(
  command: Command,
  args: readonly string[],
  { isNamed = true }: { isNamed?: boolean } = {},
): Args {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { value, short }] of Object.entries(command.flags)) {
    const type = value ? "string" : "boolean";
    options[name] = { type, ...(short && { short }) };
  }
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const faults: string[] = [];
  const operands: string[] = [];
  const values: Record<string, string[]> = {};
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const isRepeated = Object.hasOwn(values, token.name);
    const fault = faultOf(command, { ...token, isNamed, isRepeated });
    if (fault) faults.push(fault);
    else (values[token.name] ??= []).push(token.value ?? "");
  }
  for (const operand of operands.slice(command.operandsMax)) {
    const { name, operandsMax } = command;
    const rule = !isNamed
      ? "the command comes first. See --help"
      : `${name} takes ${operandsMax || "no"} argument${
        operandsMax === 1 ? "" : "s"
      }. See ${name} --help`;
    faults.push(`Unexpected argument "${operand}": ${rule}`);
  }
  if (operands.includes("")) {
    faults.push(
      `Cannot use an empty argument. See ${
        isNamed ? `${command.name} ` : ""
      }--help`,
    );
  }
  return new Args(operands, values, faults);
}

function faultOf(
  command: Command,
  token: {
    isNamed: boolean;
    isRepeated: boolean;
    name: string;
    rawName: string;
    value?: string | undefined;
    inlineValue?: boolean | undefined;
  },
): string | undefined {
  const flag = Object.hasOwn(command.flags, token.name)
    ? command.flags[token.name]
    : undefined;
  if (!flag) {
    const known = [...Object.keys(command.flags), "help", "version"];
    const nearest = nearestName(token.name, known);
    const help = token.isNamed ? `${command.name} --help` : "--help";
    const hint = nearest ? `Did you mean --${nearest}?` : `See ${help}`;
    return `Unknown flag ${token.rawName}. ${hint}`;
  }
  // What looks like the next flag is no value, unless `=` says so.
  const isNext = !token.inlineValue && /^-./.test(token.value ?? "");
  const isEmpty = token.value?.trim() === "" && !flag.mayBeEmpty;
  if (flag.value && (token.value === undefined || isNext || isEmpty)) {
    return `${token.rawName} needs a value: write --${token.name}=${flag.value}`;
  }
  if (!flag.value && token.value !== undefined) {
    return `${token.rawName} takes no value: write ${token.rawName} alone`;
  }
  if (flag.value && token.isRepeated && !flag.multiple) {
    return `${token.rawName} is given twice: choose one`;
  }
  return undefined;
}
