/**
 * Filters for payloads, in Persona's payload filter language.
 *
 * ```ts
 * import { createPayloadFilter } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const isInbound = createPayloadFilter({
 *   data: { attributes: { tags: ["INBOUND"] } },
 * });
 *
 * const attributes = { status: "approved", tags: ["VIP", "INBOUND"] };
 * assertEquals(isInbound({ data: { type: "inquiry", attributes } }), true);
 * assertEquals(isInbound({ data: { type: "inquiry" } }), false);
 * ```
 *
 * @module
 */

import { camelKey, isFieldsKey } from "./inflection.ts";
import type { PersonaObject } from "./objects.ts";
import { fieldsNamed } from "./field.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";

/** Matching recurses as deep as the filter: the limit keeps payloads from exhausting the stack. */
const DEPTH_MAX = 32;

const OR = "$or";

/**
 * Compiles a payload filter (Persona docs: Webhooks, payload filter).
 *
 * - An object matches an object that has all of its keys, in any inflection, with
 *   matching values. Below `fields` two spellings are two fields: a field of the
 *   exact name counts, and without one any that differs only in inflection.
 * - A list matches a list in which each of its elements has a match. So a scalar
 *   never matches a list: `"tags": "INBOUND"` must be `"tags": ["INBOUND"]`.
 * - `{"$or": […]}` matches whatever one of its values, lists or objects matches.
 * - Any other value matches its equal; null matches null, and no missing key.
 *
 * `{}` matches every object, and `[]` every list.
 *
 * @param filter The filter.
 * @returns A function that returns whether a payload matches, and never throws. It takes
 *   `data.attributes.payload` of a delivery, or `object` and `included` of an event.
 * @throws {TypeError} With every fault that {@linkcode checkPayloadFilter} finds.
 * @example Usage
 * ```ts
 * import { createPayloadFilter } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const isDecided = createPayloadFilter({
 *   data: { attributes: { status: { $or: ["approved", "declined"] } } },
 * });
 *
 * assertEquals(isDecided({ data: { attributes: { status: "declined" } } }), true);
 * assertEquals(isDecided({ data: { attributes: { status: "created" } } }), false);
 * ```
 * @example An event
 * ```ts
 * import { createPayloadFilter, type PersonaEvent } from "@persona-inbox/persona-inbox/persona";
 *
 * const isInbound = createPayloadFilter({ data: { attributes: { tags: ["INBOUND"] } } });
 *
 * function handle({ object, included }: PersonaEvent) {
 *   if (isInbound({ data: object, included })) console.log(object?.id);
 * }
 * ```
 */
export function createPayloadFilter(
  filter: JsonObject,
): (payload: JsonObject | PayloadOfEvent) => boolean {
  const faults = checkPayloadFilter(filter, "filter");
  if (faults.length > 0) throw new TypeError(faults.join("\n"));
  const matches = compile(filter);
  return (payload) => matches(payload as JsonObject);
}

/**
 * Returns the faults of a payload filter.
 *
 * @param value The value found in place of a filter.
 * @param path Its path, such as `destinations[0].filter`.
 * @param options `source`: a text after each path, such as ` in inbox.json`.
 * @returns A sentence for each fault, which names its path and quotes no value.
 * @example Usage
 * ```ts
 * import { checkPayloadFilter } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(checkPayloadFilter({ data: { id: { $or: [] } } }, "filter"), [
 *   'Cannot use "filter.data.id.$or" as it must be a list with at least one element',
 * ]);
 * ```
 */
export function checkPayloadFilter(
  value: unknown,
  path: string,
  options: { source?: string } = {},
): string[] {
  const { source = "" } = options;
  const faults: string[] = [];
  const fault = (path: string, must: string) => {
    faults.push(`Cannot use "${path}"${source} as ${must}`);
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fault(path, "it must be an object");
  } else {
    check(value, { path, depthLeft: DEPTH_MAX, isBelowFields: false }, fault);
  }
  return faults;
}

/** The payload of a parsed event. */
export interface PayloadOfEvent {
  /** Its `object`. */
  readonly data: PersonaObject | null;
  /** Its `included`. */
  readonly included?: readonly PersonaObject[];
}

type Matcher = (value: JsonValue) => boolean;

function compile(filter: JsonValue, isBelowFields = false): Matcher {
  if (Array.isArray(filter)) {
    const elements = filter.map((element) => compile(element, isBelowFields));
    return (value) =>
      Array.isArray(value) &&
      elements.every((matches) => value.some((element) => matches(element)));
  }
  if (!isJsonObject(filter)) return (value) => value === filter;
  const { [OR]: choices } = filter;
  if (Array.isArray(choices)) {
    const alternatives = choices.map((choice) =>
      compile(choice, isBelowFields)
    );
    return (value) => alternatives.some((matches) => matches(value));
  }
  const members = Object.entries(filter).map((
    [key, value],
  ): Member => [key, compile(value, isBelowFields || isFieldsKey(key))]);
  return isBelowFields ? fieldsMatcher(members) : membersMatcher(members);
}

type Member = readonly [key: string, matches: Matcher];

/** Of two keys that are one in camel case the last counts, as everywhere. */
function membersMatcher(members: readonly Member[]): Matcher {
  const byName = new Map(
    members.map(([key, matches]) => [camelKey(key), matches]),
  );
  return (object) => {
    if (!isJsonObject(object)) return false;
    const isMatch = new Map<string, boolean>();
    for (const [key, value] of Object.entries(object)) {
      const name = camelKey(key);
      const matches = byName.get(name);
      if (matches) isMatch.set(name, matches(value));
    }
    return isMatch.size === byName.size &&
      isMatch.values().every((isMatch) => isMatch);
  };
}

function fieldsMatcher(members: readonly Member[]): Matcher {
  return (fields) =>
    isJsonObject(fields) &&
    members.every(([name, matches]) => fieldsNamed(fields, name).some(matches));
}

interface CheckPosition {
  readonly path: string;
  readonly depthLeft: number;
  readonly isBelowFields: boolean;
}

type TellFault = (path: string, must: string) => void;

function check(value: unknown, at: CheckPosition, fault: TellFault): void {
  const { path, depthLeft } = at;
  if (typeof value !== "object" || value === null) {
    const isScalar = value === null ||
      ["string", "number", "boolean"].includes(typeof value);
    if (!isScalar) fault(path, "it must be a JSON value");
  } else if (depthLeft === 0) {
    fault(path, `a filter must be at most ${DEPTH_MAX} levels deep`);
  } else if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      const inside = { path: `${path}[${index}]`, depthLeft: depthLeft - 1 };
      check(element, { ...at, ...inside }, fault);
    }
  } else {
    checkKeys(Object.keys(value), at, fault);
    for (const [key, member] of Object.entries(value)) {
      const inside: CheckPosition = {
        path: pathOf(key, path),
        depthLeft: depthLeft - 1,
        isBelowFields: at.isBelowFields || isFieldsKey(key),
      };
      const isChoice = Array.isArray(member) && member.length > 0;
      if (key === OR && !isChoice) {
        fault(inside.path, "it must be a list with at least one element");
      } else {
        check(member, inside, fault);
      }
    }
  }
}

function checkKeys(
  keys: readonly string[],
  { path, isBelowFields }: CheckPosition,
  fault: TellFault,
): void {
  const names = new Set<string>();
  for (const key of keys) {
    const name = isBelowFields ? key : camelKey(key);
    if (key === OR && keys.length > 1) {
      fault(pathOf(key, path), "it must be the only key of its object");
    } else if (key !== OR && key.startsWith("$")) {
      fault(pathOf(key, path), `an operator must be ${OR}`);
    } else if (names.has(name)) {
      fault(pathOf(key, path), "it must be there once, in one spelling");
    }
    names.add(name);
  }
}

function pathOf(key: string, path: string): string {
  return /^[\w$-]+$/.test(key)
    ? `${path}.${key}`
    : `${path}[${JSON.stringify(key)}]`;
}
