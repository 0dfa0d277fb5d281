// Parsers of settings: from a text to its value.

import type { JsonObject } from "../json/json.ts";
import { PERSONA_ADDRESSES } from "../persona/addresses.ts";
import { addressCheck } from "./addresses.ts";

/** Reads a value from text; `undefined` when it is not of its kind. */
export interface TextParser<Value> {
  (text: string): Value | undefined;
  /** The values that it takes, as JSON Schema; any text unless given. */
  readonly schema?: JsonObject;
}

/** With two colons it is an address of IPv6, with one it would have a port. */
const HOSTNAME = /^(?![^:]*:[^:]*$)[\w.:-]+$/;

/** A target triple of conda or a compiler, such as `x86_64-conda-linux-gnu`. */
export const TARGET_TRIPLE =
  /^(?:x86_64|aarch64|arm64|i[3-6]86|ppc64le|powerpc64le|s390x)-[\w-]+$/;

/** The words of a list, apart by commas or white space. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** Names the values that a parser takes. */
export function withSchema<Value>(
  parse: (text: string) => Value | undefined,
  schema: JsonObject,
): TextParser<Value> {
  return Object.assign((text: string) => parse(text), { schema });
}

/** Text of a pattern from `^` to `$`; white space around it is none of it. */
export function textOf(pattern: RegExp): JsonObject {
  const source = pattern.source.slice(1, -1);
  return { type: "string", pattern: `^\\s*(?:${source})\\s*$` };
}

export function matching(pattern: RegExp): TextParser<string> {
  const parse = (text: string) => pattern.test(text) ? text : undefined;
  return withSchema(parse, textOf(pattern));
}

export function hostname(): TextParser<string> {
  return withSchema(
    (text) =>
      HOSTNAME.test(text) && !TARGET_TRIPLE.test(text) ? text : undefined,
    textOf(HOSTNAME),
  );
}

export function wholeNumber(
  minimum: number,
  maximum: number,
): TextParser<number> {
  return withSchema((text) => {
    if (!/^\d{1,15}$/.test(text)) return undefined;
    const number = Number(text);
    return number >= minimum && number <= maximum ? number : undefined;
  }, { type: "integer", minimum, maximum });
}

/** Reads "off" as null. */
export function orOff(parser: TextParser<number>): TextParser<number | null> {
  return withSchema(
    (text) => text === "off" ? null : parser(text),
    { anyOf: [{ const: "off" }, parser.schema ?? {}] },
  );
}

export function oneOf<Value extends string>(
  values: readonly Value[],
): TextParser<Value> {
  return withSchema((text) => values.find((value) => value === text), {
    enum: [...values],
  });
}

export function addresses(text: string): readonly string[] | undefined {
  const entries = words(text).flatMap((word) =>
    word === "persona" ? PERSONA_ADDRESSES : [word]
  );
  try {
    addressCheck(entries);
    return entries.length > 0 ? entries : undefined;
  } catch {
    return undefined;
  }
}
