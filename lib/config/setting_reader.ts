// Finds the values of settings: flag, environment, `.env`, `inbox.json`, default, in
// that order.

import { UsageError } from "../errors.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";
import { shownText, shownValue } from "../shown_value.ts";
import { isPostgresUrl, readPostgresUrl } from "../store/postgres_url.ts";
import { addPassword } from "./postgres_password.ts";
import { likelyCause } from "./likely_cause.ts";
import {
  type FileReading,
  readDotenv,
  readInboxJson,
} from "./settings_files.ts";
import {
  type FoundText,
  mayBeInFile,
  type Mode,
  type Setting,
  SETTINGS,
  type SettingValues,
} from "./settings.ts";
import { Variables } from "./variables.ts";

/** The sources of settings, all of them given. */
export interface ReaderSources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Faults found before, to be reported together with the rest. */
  readonly faults: readonly string[];
  readonly env: (name: string) => string | undefined;
  readonly readTextFile: (path: string) => string;
  /** The name of a member of `inbox.json` in a message. */
  readonly nameOf: (path: string) => string;
  /** The files that had content before. */
  readonly kept: readonly string[];
}

/** A name that people give a variable; another may be the end of a secret with a $ in it. */
const NAME = /^[A-Z_][A-Z0-9_]*$/;

/** Reads settings, and collects their faults. */
export class SettingReader {
  /** The variables of `.env`. */
  readonly dotenv: Readonly<Record<string, string>>;
  /** The members of `inbox.json`. */
  readonly file: JsonObject;
  /** The path of `inbox.json`. */
  readonly filePath: string;
  /** True if a file could not be read: what is missing may stand in it. */
  readonly isPartial: boolean;
  /** The variables that a `$NAME` names. */
  readonly named = new Set<string>();
  readonly #mode: Mode;
  readonly #faults: string[];
  readonly #flags: Readonly<Record<string, string | undefined>>;
  readonly #variables: Variables;
  readonly #nameOf: (path: string) => string;
  readonly #readTextFile: (path: string) => string;

  constructor(mode: Mode, sources: ReaderSources) {
    const { env, readTextFile } = sources;
    this.#mode = mode;
    this.#nameOf = sources.nameOf;
    this.#readTextFile = readTextFile;
    this.#faults = [...sources.faults];
    this.#flags = sources.flags;
    let unreadable = 0;
    const onFault = (fault: string) => this.fault(fault);
    const reading: FileReading = {
      readTextFile,
      kept: sources.kept,
      onFault(fault) {
        if (fault.startsWith("Cannot read")) unreadable++;
        onFault(fault);
      },
    };
    const dotenv = readDotenv(reading);
    this.dotenv = dotenv;
    this.#variables = new Variables({ env, dotenv, readTextFile, onFault });
    const path = this.#flags.config ??
      this.#variables.find("INBOX_CONFIG")?.text;
    this.filePath = path ?? "inbox.json";
    const mustExist = path !== undefined;
    this.file = readInboxJson(this.filePath, { ...reading, mustExist });
    this.isPartial = unreadable > 0;
  }

  /** All files that were read or looked for, those with secrets included. */
  get files(): string[] {
    return [".env", this.filePath, ...this.#variables.secretFiles];
  }

  /** Notes a fault; the same place may be read twice. */
  fault(fault: string): void {
    if (!this.#faults.includes(fault)) this.#faults.push(fault);
  }

  /** @throws {UsageError} With all faults, if there are any. */
  throwFaults(): void {
    if (this.#faults.length > 0) throw new UsageError(this.#faults);
  }

  /**
   * Reads a setting; a value that it cannot have is a fault.
   *
   * @returns Its value, or the default.
   */
  value<Value>(setting: Setting<Value>): Value {
    const fallback = setting.fallback(this.#mode);
    const found = this.find(setting);
    // It counts once the flag or the variable that overrides it is gone.
    if (this.#mode !== "tool") this.#parse(setting, this.#literal(setting));
    const value = found && this.#parse(setting, found);
    return value === undefined ? fallback : value;
  }

  /** The value in `inbox.json`, if it is neither a list nor a `$NAME`. */
  #literal({ key, isNumeric }: Setting<unknown>): FoundText | undefined {
    const value = Object.hasOwn(this.file, key) ? this.file[key] : undefined;
    const isText = typeof value === "string" && !value.startsWith("$");
    const isNumber = isNumeric && typeof value === "number";
    if (!isText && !isNumber) return undefined;
    return { text: String(value), place: this.place(key) };
  }

  #parse<Value>(
    setting: Setting<Value>,
    found: FoundText | undefined,
  ): Value | undefined {
    const value = found && setting.parse(found.text.trim());
    if (found === undefined || value !== undefined) return value;
    const current = setting.isSecret || found.isExpanded
      ? ""
      : `: current value is ${shownText(found.text)}`;
    const cause = likelyCause(setting, found.text);
    this.fault(
      `Cannot use ${found.place} as it must be ${setting.kind}${current}${
        cause && `. ${cause}`
      }`,
    );
    return undefined;
  }

  /** Returns whether a setting is set, even if it cannot be read. */
  has(setting: Setting<unknown>): boolean {
    return this.find(setting) !== undefined ||
      this.#variables.hasSecret(setting.env) ||
      Object.hasOwn(this.file, setting.key);
  }

  /** Reads all settings; the URLs of databases with their passwords. */
  values(): SettingValues {
    const read = Object.entries(SETTINGS).map(([name, setting]) =>
      [name, this.value<unknown>(setting)] as const
    );
    const values = Object.fromEntries(read) as SettingValues;
    const { storeUrl, keyStoreUrl } = values;
    return {
      ...values,
      storeUrl: this.#withPassword(storeUrl),
      keyStoreUrl: keyStoreUrl && this.#withPassword(keyStoreUrl),
    };
  }

  #withPassword(url: string): string {
    const result = readPostgresUrl(url);
    if (!isPostgresUrl(url) || !result.ok) return url;
    // Nothing but the inbox itself needs it.
    this.named.add("PGPASSWORD");
    return addPassword(url, result.place, {
      findSecret: (name) => this.#variables.findSecret(name),
      find: (name) => this.#variables.find(name),
      readTextFile: this.#readTextFile,
      onFault: (fault) => this.fault(fault),
    });
  }

  /** Finds a setting as text; undefined when it is not set. */
  find(setting: Setting<unknown>): FoundText | undefined {
    const flag = setting.flag && this.#flags[setting.flag];
    if (flag !== undefined) return { text: flag, place: `--${setting.flag}` };
    const variable = mayBeInFile(setting)
      ? this.#variables.findSecret(setting.env)
      : this.#variables.find(setting.env);
    return variable ?? this.#fileValue(setting);
  }

  #fileValue(setting: Setting<unknown>): FoundText | undefined {
    const { key, isPlural } = setting;
    const value = Object.hasOwn(this.file, key) ? this.file[key] : undefined;
    if (value === undefined) return undefined;
    const isList = isPlural && Array.isArray(value);
    const parts = (isList ? value : [value]).flatMap((part, index) =>
      this.#filePart(part, isList ? `${key}[${index}]` : key, setting) ?? []
    );
    if (!isList) return parts[0];
    if (parts.length < value.length) return undefined;
    return {
      text: parts.map(({ text }) => text).join(","),
      place: this.place(key),
      isExpanded: parts.some(({ isExpanded }) => isExpanded),
    };
  }

  /** Of what JSON has beside texts no text is made: `null` is no secret. */
  #filePart(
    value: JsonValue,
    path: string,
    { kind, isSecret, isNumeric, isNeededByTools }: Setting<unknown>,
  ): FoundText | undefined {
    const place = this.place(path);
    const isNumber = isNumeric && typeof value === "number";
    if (isNumber || typeof value === "string") {
      const isNeeded = isNeededByTools ?? false;
      return this.expand({ text: String(value), place }, { isNeeded });
    }
    const quotes = isNumeric ? "" : ", in quotes";
    const current = isSecret ? "" : `: current value is ${shownValue(value)}`;
    this.fault(`Cannot use ${place} as it must be ${kind}${quotes}${current}`);
    return undefined;
  }

  /** Names a place in `inbox.json`. */
  place(path: string): string {
    return `"${this.#nameOf(path)}" in ${this.filePath}`;
  }

  /** Reads a `$NAME`, so that a secret need not stand in the file; undefined if it cannot. */
  expand(
    { text, place }: FoundText,
    { isNeeded }: { isNeeded: boolean },
  ): FoundText | undefined {
    const name = /^\$(\w+)$/.exec(text)?.[1];
    if (name === undefined) return { text, place };
    this.named.add(name);
    const shown = NAME.test(name) ? name : "a variable that it names by $";
    try {
      const found = this.#variables.findSecret(name);
      if (found) {
        return { ...found, place: `${place}, $${name}`, isExpanded: true };
      }
      const isMissing = !this.isPartial && !this.#variables.hasSecret(name);
      if (isMissing && (isNeeded || this.#mode !== "tool")) {
        this.fault(`Cannot use ${place}: ${shown} is not set`);
      }
    } catch {
      this.fault(
        `Cannot use ${place}: reading ${shown} is not permitted, put it into .env`,
      );
    }
    return undefined;
  }

  /** Names the place of a setting. */
  placeOf(name: keyof typeof SETTINGS): string {
    const setting: Setting<unknown> = SETTINGS[name];
    return this.find(setting)?.place ?? this.place(setting.key);
  }
}
