/**
 * Finds the settings: flag, environment, `.env`, `inbox.json`, default, in that
 * order. The only reader of the environment and of both files.
 *
 * @module
 */

import { parse as parseDotenv } from "@std/dotenv/parse";
import { UsageError } from "./errors.ts";
import { type Config, type Mode, type Setting, SETTINGS } from "./settings.ts";

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
}

interface Found {
  text: string;
  /** Where it stands, to be named in a fault. */
  place: string;
  /** Whether it came by a `$NAME`, which may have named a secret. */
  isExpanded?: boolean;
}

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

class Loader {
  readonly #faults: string[];
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #env: (name: string) => string | undefined;
  readonly #readTextFile: (path: string) => string;
  readonly #dotenv: Readonly<Record<string, string>>;
  readonly #file: Readonly<Record<string, unknown>>;
  readonly #filePath: string;

  constructor(sources: ConfigSources) {
    this.#faults = [...sources.faults ?? []];
    this.#flags = sources.flags ?? {};
    this.#env = sources.env ?? Deno.env.get;
    this.#readTextFile = sources.readTextFile ?? Deno.readTextFileSync;
    this.#dotenv = this.#readDotenv();
    const path = this.#flags.config ?? this.#variable("INBOX_CONFIG")?.text;
    this.#filePath = path ?? "inbox.json";
    this.#file = this.#readInboxJson(path !== undefined);
  }

  load(mode: Mode): Config {
    const config: Config = {
      secrets: this.#value(SETTINGS.secrets, mode),
      port: this.#value(SETTINGS.port, mode),
      hostname: this.#value(SETTINGS.hostname, mode),
      storePath: this.#value(SETTINGS.storePath, mode),
      toleranceSeconds: this.#value(SETTINGS.toleranceSeconds, mode),
      bodyBytesMax: this.#value(SETTINGS.bodyBytesMax, mode),
      allowedAddresses: this.#value(SETTINGS.allowedAddresses, mode),
      trustedProxies: this.#value(SETTINGS.trustedProxies, mode),
      logFormat: this.#value(SETTINGS.logFormat, mode),
      logLevel: this.#value(SETTINGS.logLevel, mode),
    };
    const secretIsMissing = mode === "serve" && config.secrets.length === 0 &&
      this.#find(SETTINGS.secrets) === undefined;
    if (secretIsMissing) {
      this.#faults.push(
        "Cannot serve as PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
      );
    }
    if (this.#faults.length > 0) throw new UsageError(this.#faults);
    return config;
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

  #find(setting: Setting<unknown>): Found | undefined {
    const flag = setting.flag && this.#flags[setting.flag];
    if (flag !== undefined) return { text: flag, place: `--${setting.flag}` };
    return this.#variable(setting.env) ?? this.#fileValue(setting.key);
  }

  /** An empty variable counts as none: many tools cannot unset one. */
  #variable(name: string): Found | undefined {
    const text = this.#env(name);
    if (text) return { text, place: name };
    const fallback = Object.hasOwn(this.#dotenv, name) && this.#dotenv[name];
    if (fallback) return { text: fallback, place: `${name} in .env` };
    return undefined;
  }

  #fileValue(key: string): Found | undefined {
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
  #expand({ text, place }: Found): Found | undefined {
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

  #readInboxJson(mustExist: boolean): Record<string, unknown> {
    const path = this.#filePath;
    const text = this.#read(path, { mustExist });
    if (text === undefined) return {};
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#fault(`Cannot read ${path} as it must be JSON: check its syntax`);
      return {};
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#fault(`Cannot read ${path} as it must be a JSON object`);
      return {};
    }
    const keys = Object.values(SETTINGS).map((setting) => setting.key);
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
