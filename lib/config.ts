/**
 * Finds the settings: flag, environment, `.env`, `inbox.json`, default, in that
 * order. The only reader of the environment and of both files.
 *
 * @module
 */

import { parse as parseDotenv } from "@std/dotenv/parse";
import { delimiter } from "node:path";
import { addressCheck } from "./addresses.ts";
import type { DestinationConfig } from "./destinations/destination_config.ts";
import { readDestinations } from "./destinations_config.ts";
import { UsageError } from "./errors.ts";
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "./persona/json.ts";
import {
  type Config,
  type FoundText,
  type Mode,
  type Setting,
  SETTINGS,
} from "./settings.ts";

/** Where settings are looked for; the system's own unless given. */
export interface ConfigSources {
  /** Values of flags, by name without dashes. */
  flags?: Readonly<Record<string, string | undefined>>;
  /** What is wrong already, to be told together with the rest. */
  faults?: readonly string[];
  /** Reads an environment variable. */
  env?: (name: string) => string | undefined;
  /** Reads a file; throws `Deno.errors.NotFound` when it is not there. */
  readTextFile?: (path: string) => string;
  /** Whether this is a compiled executable. */
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
  return new Loader(sources).load(mode);
}

/**
 * Finds where settings stand, without their values.
 *
 * @param sources Where to look.
 * @returns A place for each setting that somebody set.
 */
export function settingPlaces(sources: ConfigSources = {}): string[] {
  return new Loader(sources).places();
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

class Loader {
  readonly #faults: string[];
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #env: (name: string) => string | undefined;
  readonly #readTextFile: (path: string) => string;
  readonly #dotenv: Readonly<Record<string, string>>;
  readonly #file: JsonObject;
  readonly #filePath: string;
  readonly #isStandalone: boolean;

  constructor(sources: ConfigSources) {
    this.#faults = [...sources.faults ?? []];
    this.#flags = sources.flags ?? {};
    this.#env = sources.env ?? Deno.env.get;
    this.#readTextFile = sources.readTextFile ?? Deno.readTextFileSync;
    this.#isStandalone = sources.isStandalone ?? Deno.build.standalone;
    this.#dotenv = this.#readDotenv();
    const path = this.#flags.config ?? this.#variable("INBOX_CONFIG")?.text;
    this.#filePath = path ?? "inbox.json";
    this.#file = this.#readInboxJson(path !== undefined);
  }

  load(mode: Mode): Config {
    const secrets = this.#value(SETTINGS.secrets, mode);
    const config: Config = {
      secrets,
      port: this.#value(SETTINGS.port, mode),
      hostname: this.#value(SETTINGS.hostname, mode),
      storePath: this.#value(SETTINGS.storePath, mode),
      toleranceSeconds: this.#value(SETTINGS.toleranceSeconds, mode),
      bodyBytesMax: this.#value(SETTINGS.bodyBytesMax, mode),
      allowedAddresses: this.#value(SETTINGS.allowedAddresses, mode),
      trustedProxies: this.#value(SETTINGS.trustedProxies, mode),
      logFormat: this.#value(SETTINGS.logFormat, mode),
      logLevel: this.#value(SETTINGS.logLevel, mode),
      adminPort: this.#value(SETTINGS.adminPort, mode),
      isAdminPortChosen: this.#find(SETTINGS.adminPort) !== undefined,
      adminHostname: this.#value(SETTINGS.adminHostname, mode),
      adminToken: this.#value(SETTINGS.adminToken, mode),
      destinations: this.#destinations(mode, secrets[0] ?? null),
    };
    this.#checkSecrets(mode, config);
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

  /** What is missing, rather than not of its kind. */
  #checkSecrets(mode: Mode, config: Config): void {
    const { secrets, adminPort, adminHostname, adminToken } = config;
    const secretIsMissing = mode === "serve" && secrets.length === 0 &&
      this.#find(SETTINGS.secrets) === undefined;
    if (secretIsMissing) {
      this.#fault(
        "Cannot serve as PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
      );
    }
    const isOpen = mode !== "tool" && adminPort !== null &&
      adminHostname.toLowerCase() !== "localhost" &&
      !isLoopbackAddress(adminHostname);
    const tokenIsMissing = isOpen && adminToken === null &&
      this.#find(SETTINGS.adminToken) === undefined;
    if (tokenIsMissing) {
      this.#fault(
        "Cannot serve as INBOX_ADMIN_TOKEN must be set when INBOX_ADMIN_HOST is no loopback address: make up a token, or turn the local port off with INBOX_ADMIN_PORT=off",
      );
    }
  }

  #destinations(
    mode: Mode,
    firstSecret: string | null,
  ): readonly DestinationConfig[] {
    const url = this.#value(SETTINGS.forwardUrl, mode);
    const found = this.#find(SETTINGS.forwardUrl);
    return readDestinations(this.#file.destinations, {
      filePath: this.#filePath,
      forward: url && found ? { url, place: found.place } : null,
      secret: this.#value(SETTINGS.forwardSecret, mode) ?? firstSecret,
      isStandalone: this.#isStandalone,
      expand: (text) => this.#expand(text),
      onFault: (fault) => this.#fault(fault),
    });
  }

  #value<Value>(setting: Setting<Value>, mode: Mode): Value {
    const found = this.#find(setting);
    if (found === undefined) return setting.fallback(mode);
    const value = setting.parse(found.text.trim());
    if (value !== undefined) return value;
    const current = setting.isSecret || found.isExpanded
      ? ""
      : `: current value is ${found.text}`;
    this.#faults.push(
      `Cannot use ${found.place} as it must be ${setting.kind}${current}`,
    );
    return setting.fallback(mode);
  }

  #find(setting: Setting<unknown>): FoundText | undefined {
    const flag = setting.flag && this.#flags[setting.flag];
    if (flag !== undefined) return { text: flag, place: `--${setting.flag}` };
    return this.#variable(setting.env) ?? this.#fileValue(setting.key);
  }

  /** An empty variable counts as none: many tools cannot unset one. */
  #variable(name: string): FoundText | undefined {
    const text = this.#env(name);
    if (text) return { text, place: name };
    const fallback = Object.hasOwn(this.#dotenv, name) && this.#dotenv[name];
    if (fallback) return { text: fallback, place: `${name} in .env` };
    return undefined;
  }

  #fileValue(key: string): FoundText | undefined {
    if (!Object.hasOwn(this.#file, key)) return undefined;
    const value = this.#file[key];
    const place = `"${key}" in ${this.#filePath}`;
    const parts = (Array.isArray(value) ? value : [value]).flatMap((part) =>
      this.#expand({ text: String(part), place }) ?? []
    );
    const [only] = parts;
    if (!Array.isArray(value)) return only;
    if (parts.length < value.length) return undefined;
    return {
      text: parts.map(({ text }) => text).join(","),
      place,
      isExpanded: parts.some(({ isExpanded }) => isExpanded),
    };
  }

  /** `$NAME` reads a variable: a secret need not stand in the file. */
  #expand({ text, place }: FoundText): FoundText | undefined {
    const name = /^\$(\w+)$/.exec(text)?.[1];
    if (name === undefined) return { text, place };
    try {
      const found = this.#variable(name);
      if (found) {
        return { ...found, place: `${place}, $${name}`, isExpanded: true };
      }
      this.#fault(`Cannot use ${place} as ${name} must be set`);
    } catch {
      this.#fault(
        `Cannot use ${place} as reading ${name} must be permitted: put it into .env`,
      );
    }
    return undefined;
  }

  #readDotenv(): Record<string, string> {
    const text = this.#read(".env", { mustExist: false });
    if (text === undefined) return {};
    try {
      return parseDotenv(text);
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown failure";
      this.#fault(
        `Cannot read .env as it must be lines of NAME=value: ${reason}`,
      );
      return {};
    }
  }

  #readInboxJson(mustExist: boolean): JsonObject {
    const path = this.#filePath;
    const text = this.#read(path, { mustExist });
    if (text === undefined) return {};
    let value: JsonValue;
    try {
      value = JSON.parse(text);
    } catch {
      this.#fault(`Cannot read ${path} as it must be JSON: check its syntax`);
      return {};
    }
    if (!isJsonObject(value)) {
      this.#fault(`Cannot read ${path} as it must be a JSON object`);
      return {};
    }
    const keys = Object.values(SETTINGS).map((setting) => setting.key);
    keys.push("destinations");
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) continue;
      this.#fault(
        `Cannot use "${key}" in ${path} as a key must be one of ${
          keys.join(", ")
        }`,
      );
    }
    return { ...value };
  }

  #read(path: string, options: { mustExist: boolean }): string | undefined {
    try {
      return this.#readTextFile(path);
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound;
      if (isMissing && !options.mustExist) return undefined;
      const reason = error instanceof Error ? error.name : "unknown failure";
      this.#fault(
        `Cannot read ${path} as it must be a readable file: ${reason}`,
      );
      return undefined;
    }
  }

  /** The same place may be looked at twice. */
  #fault(fault: string): void {
    if (!this.#faults.includes(fault)) this.#faults.push(fault);
  }
}
