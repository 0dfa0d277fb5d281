/**
 * Finds the settings: flag, environment, `.env`, `inbox.json`, default, in that
 * order. The only reader of the environment.
 *
 * @module
 */

import { delimiter } from "node:path";
import { addressCheck } from "./addresses.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { readDestinations, UNKNOWN_URL } from "./destinations_config.ts";
import { UsageError } from "../errors.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";
import { shownText, shownValue } from "../shown_value.ts";
import { checkSecrets } from "./check_secrets.ts";
import { childEnvironment } from "./child_environment.ts";
import { likelyCause } from "./likely_cause.ts";
import { isUnknownSetting, nearestSetting } from "./setting_names.ts";
import { proxyVariables } from "./proxy.ts";
import { readSettingsFile } from "./read_settings_file.ts";
import {
  type FileReading,
  readDotenv,
  readInboxJson,
} from "./settings_files.ts";
import {
  type Config,
  type FoundText,
  type Mode,
  type Setting,
  SETTINGS,
  type SettingWarning,
} from "./settings.ts";
import { Variables } from "./variables.ts";

/** Sources of settings; those of the system by default. */
export interface ConfigSources {
  /** Values of flags, by name without dashes. */
  flags?: Readonly<Record<string, string | undefined>>;
  /** Faults found before, to be reported together with the rest. */
  faults?: readonly string[];
  /** Reads an environment variable. */
  env?: (name: string) => string | undefined;
  /** The whole environment; an empty one where only `env` is given. */
  envAll?: () => Readonly<Record<string, string>>;
  /** Reads a file; throws `Deno.errors.NotFound` when it is not there. */
  readTextFile?: (path: string) => string;
  /** Set in a compiled executable. */
  isStandalone?: boolean;
}

const isLoopbackAddress = addressCheck(["127.0.0.0/8", "::1"]);

/**
 * Finds and checks all settings.
 *
 * @param mode For whom: defaults differ, and only `serve` needs a secret.
 * @param sources Where to look.
 * @returns Every setting with its value.
 * @throws {UsageError} With every fault that there is.
 */
export function loadConfig(mode: Mode, sources: ConfigSources = {}): Config {
  return new Loader(mode, sources).load();
}

/**
 * Finds where settings stand, without their values.
 *
 * @param sources Where to look.
 * @returns A place for each setting that somebody set.
 */
export function settingPlaces(sources: ConfigSources = {}): string[] {
  return new Loader("serve", sources).places();
}

/**
 * Finds the files that settings are read from, those with secrets included.
 *
 * @param sources Where to look.
 * @returns Their paths, whether they are there or not.
 */
export function settingsFiles(sources: ConfigSources = {}): string[] {
  return new Loader("tool", sources).files();
}

/**
 * Finds where the system looks for a program by its name.
 *
 * @param sources Where to look for that.
 * @returns The folders.
 */
export function programFolders(
  { env = Deno.env.get }: ConfigSources = {},
): string[] {
  return (env("PATH") ?? "").split(delimiter).filter((path) => path !== "");
}

/**
 * Tells whether any SQLite will do: the tests of the executable may have only an older
 * runtime for it.
 *
 * @param sources Where to look for the variable that says so.
 * @returns Whether it is set.
 */
export function mayUseAnyEngine(
  { env = Deno.env.get }: ConfigSources = {},
): boolean {
  return env("INBOX_TEST_ANY_SQLITE") === "1";
}

class Loader {
  readonly #mode: Mode;
  readonly #faults: string[];
  readonly #warnings: SettingWarning[] = [];
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #envAll: () => Readonly<Record<string, string>>;
  readonly #dotenv: Readonly<Record<string, string>>;
  readonly #variables: Variables;
  /** Set when a file could not be read: what is missing may stand in it. */
  readonly #isPartial: boolean;
  readonly #file: JsonObject;
  readonly #filePath: string;
  readonly #isStandalone: boolean;
  /** Variables that a `$NAME` names. */
  readonly #meant = new Set<string>();

  constructor(mode: Mode, sources: ConfigSources) {
    this.#mode = mode;
    this.#faults = [...sources.faults ?? []];
    this.#flags = sources.flags ?? {};
    const env = sources.env ?? Deno.env.get;
    this.#envAll = sources.envAll ?? (sources.env ? () => ({}) : systemEnv);
    this.#isStandalone = sources.isStandalone ?? Deno.build.standalone;
    let unreadable = 0;
    const readTextFile = sources.readTextFile ?? readSettingsFile;
    const onFault = (fault: string) => this.#fault(fault);
    const reading: FileReading = {
      readTextFile,
      onFault(fault) {
        if (fault.startsWith("Cannot read")) unreadable++;
        onFault(fault);
      },
    };
    const dotenv = readDotenv(reading);
    this.#dotenv = dotenv;
    this.#variables = new Variables({ env, dotenv, readTextFile, onFault });
    const path = this.#flags.config ??
      this.#variables.find("INBOX_CONFIG")?.text;
    this.#filePath = path ?? "inbox.json";
    const mustExist = path !== undefined;
    this.#file = readInboxJson(this.#filePath, { ...reading, mustExist });
    this.#isPartial = unreadable > 0;
  }

  load(): Config {
    const secrets = this.#value(SETTINGS.secrets);
    const config: Config = {
      secrets,
      port: this.#value(SETTINGS.port),
      hostname: this.#value(SETTINGS.hostname),
      storeUrl: this.#value(SETTINGS.storeUrl),
      toleranceSeconds: this.#value(SETTINGS.toleranceSeconds),
      bodyBytesMax: this.#value(SETTINGS.bodyBytesMax),
      allowedAddresses: this.#value(SETTINGS.allowedAddresses),
      trustedProxies: this.#value(SETTINGS.trustedProxies),
      logFormat: this.#value(SETTINGS.logFormat),
      logLevel: this.#value(SETTINGS.logLevel),
      adminPort: this.#value(SETTINGS.adminPort),
      isAdminPortChosen: this.#find(SETTINGS.adminPort) !== undefined,
      adminHostname: this.#value(SETTINGS.adminHostname),
      adminToken: this.#value(SETTINGS.adminToken),
      destinations: this.#destinations(secrets[0] ?? null),
      childEnvironment: childEnvironment(this.#envAll(), this.#meant),
      proxyVariables: proxyVariables(this.#envAll()),
      warnings: this.#warnings,
    };
    if (this.#mode !== "tool") {
      this.#checkSecrets(config);
      this.#checkNames();
      if (!this.#isPartial) this.#checkMissing(config);
    }
    if (this.#faults.length > 0) throw new UsageError(this.#faults);
    return config;
  }

  places(): string[] {
    const places = Object.values(SETTINGS).flatMap((setting) =>
      this.#find(setting)?.place ?? []
    );
    const hasDestinations = Object.hasOwn(this.#file, "destinations");
    return hasDestinations
      ? [...places, `"destinations" in ${this.#filePath}`]
      : places;
  }

  files(): string[] {
    try {
      this.load();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    return [".env", this.#filePath, ...this.#variables.secretFiles];
  }

  /** Reports what is missing, rather than invalid. */
  #checkMissing({ adminPort, adminHostname }: Config): void {
    if (this.#mode === "serve" && !this.#has(SETTINGS.secrets)) {
      this.#fault(
        "Cannot serve as PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
      );
    }
    const isOpen = adminPort !== null &&
      adminHostname.toLowerCase() !== "localhost" &&
      !isLoopbackAddress(adminHostname);
    if (isOpen && !this.#has(SETTINGS.adminToken)) {
      this.#fault(
        "Cannot serve as INBOX_ADMIN_TOKEN must be set when INBOX_ADMIN_HOST is not a loopback address: make up a token, or turn the local port off with INBOX_ADMIN_PORT=off",
      );
    }
  }

  /** A server must not believe what anybody can sign, or let in who knows the manual. */
  #checkSecrets({ secrets, adminToken, destinations }: Config): void {
    checkSecrets({
      webhookSecrets: { texts: secrets, place: this.#placeOf("secrets") },
      adminToken: { texts: [adminToken], place: this.#placeOf("adminToken") },
      forwardSecret: {
        texts: [this.#value(SETTINGS.forwardSecret)],
        place: this.#placeOf("forwardSecret"),
      },
      destinations,
      filePath: this.#filePath,
      onFault: (fault) => this.#fault(fault),
      onWarning: (warning) => this.#warn(warning),
    });
    if (this.#mode === "serve" && this.#flags.secret !== undefined) {
      this.#warn({
        summary: "--secret is visible to other users of this machine, as in ps",
        hint: "Set PERSONA_WEBHOOK_SECRET or PERSONA_WEBHOOK_SECRET_FILE",
      });
    }
  }

  #placeOf(name: keyof typeof SETTINGS): string {
    const setting: Setting<unknown> = SETTINGS[name];
    return this.#find(setting)?.place ?? this.#place(setting.key);
  }

  /** Whoever sets a variable that is not read believes that it is. */
  #checkNames(): void {
    const env = this.#envAll();
    for (const [name, text] of Object.entries({ ...this.#dotenv, ...env })) {
      const isMeant = text === "" || this.#meant.has(name) ||
        this.#meant.has(name.replace(/_FILE$/, ""));
      if (isMeant || !isUnknownSetting(name, text)) continue;
      const place = Object.hasOwn(env, name) ? name : `${name} in .env`;
      const nearest = nearestSetting(name);
      const hint = nearest === undefined
        ? "Fix its name, or remove it"
        : `Did you mean ${nearest}?`;
      this.#fault(`Unknown setting ${place}. ${hint}`);
    }
  }

  #destinations(firstSecret: string | null): readonly DestinationConfig[] {
    const { forwardUrl, forwardSecret } = SETTINGS;
    const url = this.#value(forwardUrl) ?? UNKNOWN_URL;
    const place = this.#find(forwardUrl)?.place ?? this.#place(forwardUrl.key);
    return readDestinations(this.#file.destinations, {
      filePath: this.#filePath,
      forward: this.#has(forwardUrl) ? { url, place } : null,
      secret: this.#value(forwardSecret) ?? firstSecret,
      isStandalone: this.#isStandalone,
      expand: (text, options) => this.#expand(text, options),
      onFault: (fault) => this.#fault(fault),
      onWarning: (warning) => this.#warn(warning),
    });
  }

  #value<Value>(setting: Setting<Value>): Value {
    const fallback = setting.fallback(this.#mode);
    const found = this.#find(setting);
    if (found === undefined) return fallback;
    const value = setting.parse(found.text.trim());
    if (value !== undefined) return value;
    const current = setting.isSecret || found.isExpanded
      ? ""
      : `: current value is ${shownText(found.text)}`;
    const cause = likelyCause(setting, found.text);
    this.#fault(
      `Cannot use ${found.place} as it must be ${setting.kind}${current}${
        cause && `. ${cause}`
      }`,
    );
    return fallback;
  }

  /** Returns whether it is set, even if it cannot be read. */
  #has(setting: Setting<unknown>): boolean {
    return this.#find(setting) !== undefined ||
      this.#variables.hasSecret(setting.env) ||
      Object.hasOwn(this.#file, setting.key);
  }

  #find(setting: Setting<unknown>): FoundText | undefined {
    const flag = setting.flag && this.#flags[setting.flag];
    if (flag !== undefined) return { text: flag, place: `--${setting.flag}` };
    const variable = setting.isSecret
      ? this.#variables.findSecret(setting.env)
      : this.#variables.find(setting.env);
    return variable ?? this.#fileValue(setting);
  }

  #fileValue(setting: Setting<unknown>): FoundText | undefined {
    const { key, isPlural } = setting;
    const value = Object.hasOwn(this.#file, key) ? this.#file[key] : undefined;
    if (value === undefined) return undefined;
    const isList = isPlural && Array.isArray(value);
    const parts = (isList ? value : [value]).flatMap((part, index) =>
      this.#filePart(part, isList ? `${key}[${index}]` : key, setting) ?? []
    );
    if (!isList) return parts[0];
    if (parts.length < value.length) return undefined;
    return {
      text: parts.map(({ text }) => text).join(","),
      place: this.#place(key),
      isExpanded: parts.some(({ isExpanded }) => isExpanded),
    };
  }

  /** Of what JSON has beside texts no text is made: `null` is no secret. */
  #filePart(
    value: JsonValue,
    path: string,
    { kind, isSecret, isNumeric, isNeededByTools }: Setting<unknown>,
  ): FoundText | undefined {
    const place = this.#place(path);
    const isNumber = isNumeric && typeof value === "number";
    if (isNumber || typeof value === "string") {
      const isNeeded = isNeededByTools ?? false;
      return this.#expand({ text: String(value), place }, { isNeeded });
    }
    const quotes = isNumeric ? "" : ", in quotes";
    const current = isSecret ? "" : `: current value is ${shownValue(value)}`;
    this.#fault(`Cannot use ${place} as it must be ${kind}${quotes}${current}`);
    return undefined;
  }

  #place(path: string): string {
    return `"${path}" in ${this.#filePath}`;
  }

  /** `$NAME` reads a variable: a secret need not stand in the file. */
  #expand(
    { text, place }: FoundText,
    { isNeeded }: { isNeeded: boolean },
  ): FoundText | undefined {
    const name = /^\$(\w+)$/.exec(text)?.[1];
    if (name === undefined) return { text, place };
    this.#meant.add(name);
    try {
      const found = this.#variables.findSecret(name);
      if (found) {
        return { ...found, place: `${place}, $${name}`, isExpanded: true };
      }
      const isMissing = !this.#isPartial && !this.#variables.hasSecret(name);
      if (isMissing && (isNeeded || this.#mode !== "tool")) {
        this.#fault(`Cannot use ${place}: ${name} is not set`);
      }
    } catch {
      this.#fault(
        `Cannot use ${place}: reading ${name} is not permitted, put it into .env`,
      );
    }
    return undefined;
  }

  #warn(warning: SettingWarning): void {
    this.#warnings.push(warning);
  }

  /** The same place may be looked at twice. */
  #fault(fault: string): void {
    if (!this.#faults.includes(fault)) this.#faults.push(fault);
  }
}

/** Nothing if only some of it may be read: asking would stop at a prompt. */
function systemEnv(): Record<string, string> {
  const { state } = Deno.permissions.querySync({ name: "env" });
  return state === "granted" ? Deno.env.toObject() : {};
}
