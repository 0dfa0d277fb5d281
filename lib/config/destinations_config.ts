// The destinations of the settings, read with every fault and likely mistake.

import { basename, dirname, resolve } from "node:path";
import {
  DESTINATION_DEFAULTS,
  EVENT_GLOB,
  type Member,
  MEMBERS,
  modulePath,
  OWN_HANDLERS_NAME,
} from "./destination_members.ts";
import { readHeaders } from "./destination_headers.ts";
import type {
  DestinationConfig,
  DestinationTarget,
} from "../destinations/destination_config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { mapJson } from "../json/map_json.ts";
import { checkPayloadFilter } from "../persona/payload_filter.ts";
import { shownValue } from "../shown_value.ts";
import { knownKeysHint } from "./settings_files.ts";
import type { FoundText, SettingWarning } from "./settings.ts";
import { filterWarning, globWarning } from "./unmatched.ts";

/** Stands for a URL that is not known; nothing is ever delivered there. */
export const UNKNOWN_URL = "http://unset.invalid/";

const UNKNOWN_TARGET: DestinationTarget = {
  kind: "http",
  url: UNKNOWN_URL,
  secret: null,
};

/** The members that decide which events a destination receives: a replay needs them. */
const ROUTING = ["name", "events", "filter"];

/** The surroundings that destinations are read in. */
export interface DestinationSources {
  /** The path of `inbox.json`: relative paths begin in its directory. */
  readonly filePath: string;
  /** The simple destination: its URL, and where that stands. */
  readonly forward: { readonly url: string; readonly place: string } | null;
  /** Signs what is forwarded where a destination has no secret of its own. */
  readonly secret: string | null;
  /** Set in an executable, which cannot compile TypeScript. */
  readonly isStandalone: boolean;
  /**
   * Reads a text that may be a `$NAME`; nothing if it cannot. That is a fault, which
   * it tells, unless nobody needs the value.
   */
  readonly expand: (
    found: FoundText,
    options: { isNeeded: boolean },
  ) => FoundText | undefined;
  /** Called with every fault, a sentence each. */
  readonly onFault: (fault: string) => void;
  /** Called with every likely mistake. */
  readonly onWarning: (warning: SettingWarning) => void;
}

/** The members that tell where a destination is: one of them. */
export const TARGETS = ["url", "exec", "module"] as const;

/** A variable that is not the whole text. */
const EMBEDDED = /(?!^\$\w+$)^.*?\$\{?([A-Z][A-Z0-9_]*)/s;

/** Programs that replace variables themselves. */
const SHELL = /(?:^|[/\\])(?:ba|da|fi|k|z)?sh(?:\.exe)?$/;

/** The members of a destination. */
export const DESTINATION_KEYS = [
  "name",
  ...TARGETS,
  "secret",
  "headers",
  ...Object.keys(DESTINATION_DEFAULTS),
];

/**
 * Reads the destinations.
 *
 * @param value The value of `destinations` in `inbox.json`, if any.
 * @returns The simple one first; meaningless if there are faults.
 */
export function readDestinations(
  value: JsonValue | undefined,
  sources: DestinationSources,
): DestinationConfig[] {
  const { filePath, forward, secret, onFault } = sources;
  const destinations: DestinationConfig[] = [];
  const names = new Map<string, string>();
  if (forward) {
    const target = { kind: "http", url: forward.url, secret } as const;
    destinations.push({ name: "default", target, ...DESTINATION_DEFAULTS });
    names.set("default", forward.place);
  }
  if (value === undefined) return destinations;
  const fault = (path: string, kind: string, value: JsonValue) =>
    onFault(
      `Cannot use "${path}" in ${filePath} as it must be ${kind}: current value is ${
        shownValue(value)
      }`,
    );
  if (!Array.isArray(value)) {
    fault("destinations", "a list of objects", value);
    return destinations;
  }
  for (const [index, entry] of value.entries()) {
    const path = `destinations[${index}]`;
    if (!isJsonObject(entry)) fault(path, "an object", entry);
    else destinations.push(...new Reader(entry, path, sources).read(names));
  }
  return destinations;
}

/** A member as it stands, each `$NAME` in it read. */
interface Found {
  readonly value: JsonValue;
  readonly place: string;
  readonly isExpanded: boolean;
}

/** Reads one destination. */
class Reader {
  readonly #entry: JsonObject;
  readonly #path: string;
  readonly #sources: DestinationSources;

  constructor(entry: JsonObject, path: string, sources: DestinationSources) {
    this.#entry = entry;
    this.#path = path;
    this.#sources = sources;
  }

  /** Returns it if it has a name; `names` tells those that are taken, and where. */
  read(names: Map<string, string>): DestinationConfig[] {
    for (const key of Object.keys(this.#entry)) {
      if (DESTINATION_KEYS.includes(key)) continue;
      this.#sources.onFault(
        `Unknown key ${this.#place(key)}.${
          knownKeysHint(key, DESTINATION_KEYS)
        }`,
      );
    }
    const name = this.#name(names);
    const target = this.#target();
    const defaults = DESTINATION_DEFAULTS;
    const settings = {
      events: this.#events() ?? defaults.events,
      filter: this.#filter() ?? defaults.filter,
      order: this.#member("order") ?? defaults.order,
      concurrency: this.#member("concurrency") ?? defaults.concurrency,
      timeoutMs: this.#member("timeoutMs") ?? defaults.timeoutMs,
      attemptsMax: this.#member("attemptsMax") ?? defaults.attemptsMax,
    };
    return name ? [{ name, target, ...settings }] : [];
  }

  #name(names: Map<string, string>): string | undefined {
    if (!this.#has("name")) this.#fault(this.#place(), "it must have a name");
    const name = this.#member("name");
    const other = name && names.get(name);
    if (name === OWN_HANDLERS_NAME) {
      this.#fault(
        this.#place("name"),
        `"${name}" is reserved for the handlers of createInbox(): choose another name`,
      );
    } else if (other) {
      this.#fault(
        this.#place("name"),
        `it is already the name of ${other}`,
      );
    } else if (name) {
      names.set(name, this.#place());
    }
    return name;
  }

  /** A target that is not known has a fault, or comes by a `$NAME` that nobody needs. */
  #target(): DestinationTarget {
    const [kind, ...others] = TARGETS.filter((key) => this.#has(key));
    if (kind === undefined || others.length > 0) {
      this.#fault(
        this.#place(),
        `it must have one of ${TARGETS.join(", ")}: current value has ${
          kind ? [kind, ...others].join(" and ") : "none"
        }`,
      );
    }
    const url = this.#member("url");
    const command = this.#member("exec");
    if (command && this.#find("exec")?.isExpanded) {
      this.#warn({
        summary: `${
          this.#place("exec")
        }: the value of a variable in it is visible to other users of this machine, as in ps`,
        hint: "Let the program read it from a file",
      });
    }
    this.#warnOfEmbedded("url", [this.#entry.url]);
    if (command && !SHELL.test(command[0])) {
      this.#warnOfEmbedded("exec", [this.#entry.exec].flat());
    }
    const path = this.#check(
      this.#find("module"),
      modulePath(this.#sources.isStandalone),
    );
    const secret = this.#member("secret");
    const headers = this.#headers();
    for (const key of ["secret", "headers"]) {
      if (!kind || kind === "url" || !this.#has(key)) continue;
      this.#fault(this.#place(key), "it must stand beside a url");
    }
    if (url) {
      return {
        kind: "http",
        url,
        secret: secret ?? this.#sources.secret,
        ...(headers && { headers }),
      };
    }
    if (command) {
      const [program, ...args] = command;
      const isPath = basename(program) !== program;
      return {
        kind: "exec",
        command: [isPath ? this.#resolve(program) : program, ...args],
      };
    }
    return path
      ? { kind: "module", path: this.#resolve(path) }
      : UNKNOWN_TARGET;
  }

  #headers(): Readonly<Record<string, string>> | undefined {
    const value = this.#has("headers") ? this.#entry.headers : undefined;
    if (value === undefined) return undefined;
    const place = (name: string) =>
      this.#place(name === "" ? "headers" : `headers.${name}`);
    return readHeaders(value, {
      variable: (name) =>
        this.#sources.expand(
          { text: `$${name}`, place: this.#place("headers") },
          { isNeeded: false },
        )?.text,
      onFault: (name, must) => this.#fault(place(name), must),
    });
  }

  #events(): readonly string[] | undefined {
    const found = this.#find("events");
    const globs = this.#check(found, MEMBERS.events);
    return globs?.flatMap((value, index) => {
      const place = this.#place(`events[${index}]`);
      const isExpanded = found?.isExpanded ?? false;
      const glob = this.#check({ value, place, isExpanded }, EVENT_GLOB);
      // What a variable holds may be a secret that was put there by mistake.
      if (glob !== undefined && !isExpanded) {
        this.#warn(globWarning(glob, place));
      }
      return glob ?? [];
    });
  }

  #filter(): JsonObject | undefined {
    const value = this.#find("filter")?.value;
    if (value === undefined) return undefined;
    const faults = checkPayloadFilter(value, `${this.#path}.filter`, {
      source: ` in ${this.#sources.filePath}`,
    });
    faults.forEach(this.#sources.onFault);
    if (!isJsonObject(value) || faults.length > 0) return undefined;
    this.#warn(filterWarning(value, this.#place("filter")));
    return value;
  }

  #member<Name extends keyof typeof MEMBERS>(
    name: Name,
  ): ReturnType<typeof MEMBERS[Name]["parse"]>;
  #member(name: keyof typeof MEMBERS): unknown {
    const member: Member<unknown> = MEMBERS[name];
    return this.#check(this.#find(name), member);
  }

  #has(key: string): boolean {
    return Object.hasOwn(this.#entry, key);
  }

  /** Undefined if it is not there, or one of its `$NAME` cannot be read. */
  #find(key: string): Found | undefined {
    const whole = this.#has(key) ? this.#entry[key] : undefined;
    if (whole === undefined) return undefined;
    let place = this.#place(key);
    let isExpanded = false;
    let isReadable = true;
    const value = mapJson(whole, {
      scalar: (scalar) => {
        if (typeof scalar !== "string") return scalar;
        const found = this.#sources.expand(
          { text: scalar, place: this.#place(key) },
          { isNeeded: ROUTING.includes(key) },
        );
        isReadable &&= found !== undefined;
        isExpanded ||= found?.isExpanded ?? false;
        if (scalar === whole && found) place = found.place;
        return found?.text ?? scalar;
      },
    });
    return isReadable ? { value, place, isExpanded } : undefined;
  }

  #check<Value>(
    found: Found | undefined,
    { kind, isSecret, parse, likelyCause }: Member<Value>,
  ): Value | undefined {
    if (found === undefined) return undefined;
    const { value, place, isExpanded } = found;
    const result = parse(value, isExpanded);
    if (result === undefined) {
      const current = isSecret || isExpanded
        ? ""
        : `: current value is ${shownValue(value)}`;
      const cause = typeof value === "string" && likelyCause?.(value.trim());
      this.#fault(
        place,
        `it must be ${kind}${current}${cause ? `. ${cause}` : ""}`,
      );
    }
    return result;
  }

  /** Tells of a variable amid a text, which is left as it is. */
  #warnOfEmbedded(member: string, texts: readonly unknown[]): void {
    const name = texts.map((text) => EMBEDDED.exec(String(text))?.[1])
      .find(Boolean);
    if (name === undefined) return;
    this.#warn({
      summary: `${
        this.#place(member)
      }: $${name} in it is not replaced, as only a whole value is read from a variable`,
      hint: `Put all of the text into a variable, and write "$THAT_VARIABLE"`,
    });
  }

  #warn(warning: SettingWarning | undefined): void {
    if (warning) this.#sources.onWarning(warning);
  }

  #fault(place: string, must: string): void {
    this.#sources.onFault(`Cannot use ${place} as ${must}`);
  }

  #place(member?: string): string {
    const path = member === undefined ? this.#path : `${this.#path}.${member}`;
    return `"${path}" in ${this.#sources.filePath}`;
  }

  #resolve(path: string): string {
    return resolve(dirname(this.#sources.filePath), path);
  }
}
