// Event globs and filters that match nothing known. Persona adds events and keys
// without notice, so these are warnings, not faults.

import { isJsonObject, type JsonObject } from "../json/json.ts";
import { unmatchedGlobText } from "../persona/known_globs.ts";
import { camelKey } from "../persona/inflection.ts";
import { didYouMean } from "../persona/nearest_name.ts";
import type { SettingWarning } from "./settings.ts";

/** The keys at the root of a payload (Persona docs: Events). */
const ROOT_KEYS = ["data", "included", "context"];

/**
 * Warns of an event name or glob that matches no event of the catalog.
 *
 * @returns The warning; undefined when it matches one.
 */
export function globWarning(
  glob: string,
  place: string,
): SettingWarning | undefined {
  const text = unmatchedGlobText(glob);
  return text === null ? undefined : {
    summary: `${place}: ${text}`,
    hint: "Correct it, or ignore this if Persona has added that event",
  };
}

/**
 * Warns of a filter that asks for a root key that no payload has.
 *
 * @param filter The filter, without faults.
 * @returns The warning; undefined when each root key may be in a payload.
 */
export function filterWarning(
  filter: JsonObject,
  place: string,
): SettingWarning | undefined {
  const unknown = rootKeys(filter).find((key) =>
    !ROOT_KEYS.includes(camelKey(key))
  );
  return unknown === undefined ? undefined : {
    summary: `${place}: no payload has "${unknown}" at its root.${
      didYouMean(unknown, ROOT_KEYS)
    }`,
    hint:
      'A filter is compared with the payload of the event: begin with "data", as in { "data": { "attributes": { … } } }',
  };
}

function rootKeys(filter: JsonObject): string[] {
  return Object.entries(filter).flatMap(([key, value]) =>
    key === "$or" && Array.isArray(value)
      ? value.filter(isJsonObject).flatMap(rootKeys)
      : [key]
  );
}
