// The members of a destination in `inbox.json` as data: what each may be, and its
// default.

import { extname } from "node:path";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { JsonObject, JsonValue } from "../json/json.ts";
import { isNameGlob, NAME_GLOB, NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { HTTP_URL } from "./http_url.ts";
import { type Setting, SETTINGS } from "./settings.ts";

/** One member. */
export interface Member<Value> {
  /** Completes "must be". */
  readonly kind: string;
  /** Never shown, not even in a fault. */
  readonly isSecret?: boolean;
  /**
   * Reads a value, all `$NAME` in it read; `undefined` when it is not of its kind.
   * `isExpanded`: whether there was one, as a variable holds nothing but text.
   */
  readonly parse: (value: JsonValue, isExpanded: boolean) => Value | undefined;
  /** The values that it takes, all `$NAME` read, as JSON Schema; any text unless given. */
  readonly schema?: JsonObject;
  /** Says what is likely wrong with another kind of text; empty if unknown. */
  readonly likelyCause?: (text: string) => string;
}

/** The defaults of a destination. */
export const DESTINATION_DEFAULTS: Omit<DestinationConfig, "name" | "target"> =
  {
    events: ["*"],
    filter: null,
    order: "object",
    concurrency: 8,
    timeoutMs: 10_000,
    attemptsMax: 12,
  };

/** One of `events`. */
export const EVENT_GLOB: Member<string> = text({
  kind: NAME_GLOB_KIND,
  schema: { type: "string", pattern: NAME_GLOB.source },
  parse: (text) => isNameGlob(text) ? text : undefined,
});

/** The destination that the library's own event handlers are. */
export const OWN_HANDLERS_NAME = "handlers";

const DESTINATION_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** All members but `module`, `filter` and `headers`. */
export const MEMBERS = {
  name: text({
    kind:
      "1 to 64 letters, digits, dots, hyphens and underscores, the first one a letter or digit",
    schema: {
      type: "string",
      pattern: DESTINATION_NAME.source,
      not: { const: OWN_HANDLERS_NAME },
    },
    parse: (text) => DESTINATION_NAME.test(text) ? text : undefined,
  }),
  url: { ...like(SETTINGS.forwardUrl), likelyCause: HTTP_URL.likelyCause },
  secret: like(SETTINGS.forwardSecret),
  exec: member<[program: string, ...args: string[]]>({
    kind: "a list of texts, a program and its arguments",
    isSecret: true, // An argument may be a token.
    schema: { type: "array", items: { type: "string" }, minItems: 1 },
    parse: (value) => {
      if (!Array.isArray(value) || !value.every(isText)) return undefined;
      const [program, ...args] = value;
      return program ? [program, ...args] : undefined;
    },
  }),
  events: member<JsonValue[]>({
    kind: "a list of at least one event name or glob",
    schema: {
      type: "array",
      items: EVENT_GLOB.schema ?? {},
      minItems: 1,
    },
    parse: (value) =>
      Array.isArray(value) && value.length > 0 ? value : undefined,
  }),
  order: text<DestinationConfig["order"]>({
    kind: "object or none",
    schema: { enum: ["object", "none"] },
    parse: (text) => text === "object" || text === "none" ? text : undefined,
  }),
  concurrency: wholeNumber(1, 1_000),
  timeoutMs: wholeNumber(100, 600_000),
  attemptsMax: wholeNumber(1, 1_000),
};

/**
 * The path of a module.
 *
 * @param isStandalone Whether an executable loads it, which cannot compile TypeScript.
 */
export function modulePath(isStandalone: boolean): Member<string> {
  const kind = isStandalone
    ? "a .js or .mjs file, as an executable cannot compile TypeScript"
    : "a .ts, .mts, .js or .mjs file";
  const extensions = [".js", ".mjs", ...isStandalone ? [] : [".ts", ".mts"]];
  return text({
    kind,
    schema: {
      type: "string",
      pattern: `(?:${extensions.map((end) => `\\${end}`).join("|")})$`,
    },
    parse: (text) => extensions.includes(extname(text)) ? text : undefined,
  });
}

function member<Value>(member: Member<Value>): Member<Value> {
  return member;
}

function text<Value = string>(options: {
  kind: string;
  isSecret?: boolean;
  schema?: JsonObject;
  parse: (text: string) => Value | undefined;
}): Member<Value> {
  return {
    ...options,
    parse: (value) => isText(value) ? options.parse(value) : undefined,
  };
}

/** A member that may be what a setting may be. */
function like({ kind, parse }: Setting<string | null>): Member<string> {
  return text({
    kind,
    isSecret: true,
    ...(parse.schema && { schema: parse.schema }),
    parse: (text) => parse(text.trim()) ?? undefined,
  });
}

function wholeNumber(min: number, max: number): Member<number> {
  return {
    kind: `a whole number from ${min} to ${max}`,
    schema: { type: "integer", minimum: min, maximum: max },
    parse: (value, isExpanded) => {
      const isDigits = isExpanded && /^\d{1,15}$/.test(String(value));
      const number = isDigits ? Number(value) : value;
      return typeof number === "number" && Number.isInteger(number) &&
          number >= min && number <= max
        ? number
        : undefined;
    },
  };
}

function isText(value: JsonValue): value is string {
  return typeof value === "string";
}
