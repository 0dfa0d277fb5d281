// The objects of a payload, read in any inflection into camel case.

import { isIdentifier } from "./identifier.ts";
import { camelKeys } from "./inflection.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import type { Undocumented } from "./open_union.ts";
import type {
  Relationship,
  ResourceIdentifier,
  UnknownObject,
} from "./resource.ts";

/**
 * Reads a resource. Missing attributes and relationships become empty.
 *
 * @param value The value found in place of a resource.
 * @returns The object, or null if it has no type or no id.
 */
export function readObject(value: JsonValue | undefined): UnknownObject | null {
  if (!isJsonObject(value)) return null;
  const { type, id, attributes, relationships } = value;
  if (!isIdentifier(type) || !isIdentifier(id)) return null;
  return {
    // Unchecked: `isObject()` narrows it.
    type: type as string as Undocumented,
    id,
    attributes: isJsonObject(attributes) ? camelKeys(attributes) : {},
    relationships: isJsonObject(relationships)
      ? readRelationships(relationships)
      : {},
  };
}

/**
 * Reads a list of resources; invalid items are left out.
 *
 * @param value The value found in place of a list.
 * @returns The objects in their order.
 */
export function readObjects(value: JsonValue | undefined): UnknownObject[] {
  if (!Array.isArray(value)) return [];
  return value.map(readObject).filter((object) => object !== null);
}

function readRelationships(
  relationships: JsonObject,
): Record<string, Relationship> {
  return Object.fromEntries(
    Object.entries(camelKeys(relationships)).map((
      [name, value],
    ) => [name, readRelationship(value)]),
  );
}

function readRelationship(value: JsonValue): Relationship {
  if (!isJsonObject(value)) return {};
  const { data } = value;
  if (data === null) return { data: null };
  if (Array.isArray(data)) {
    return { data: data.filter(isJsonObject).map(readIdentifier) };
  }
  if (!isJsonObject(data)) return {};
  const identifier = readIdentifier(data);
  return { data: Object.keys(identifier).length > 0 ? identifier : null };
}

function readIdentifier({ type, id }: JsonObject): ResourceIdentifier {
  return {
    ...(typeof type === "string" && { type }),
    ...(typeof id === "string" && { id }),
  };
}
