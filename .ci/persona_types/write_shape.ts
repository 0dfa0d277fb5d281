/**
 * Shapes in TypeScript.
 *
 * @module
 */

import type { Shape, Shapes } from "../persona_facts/shape.ts";
import { propertyName } from "./names.ts";

const SCALARS: Readonly<Record<string, string>> = {
  any: "JsonValue",
  boolean: "boolean",
  integer: "number",
  null: "null",
  number: "number",
};

/** Its keys are names that the user gave, in any spelling. */
const NO_INFLECTION = { fields: "JsonObject" };

/** Attributes whose type is written by hand. */
const BY_HAND: Readonly<Record<string, string>> = {
  checks: "Check[]",
  fields: "Fields",
};

/**
 * Writes attributes; all are optional, as Persona can be told to leave any out.
 *
 * @param shapes The shapes by key.
 * @returns Lines of TypeScript.
 */
export function writeAttributes(shapes: Shapes): string {
  return writeProperties(shapes, BY_HAND);
}

/**
 * Writes properties, all optional.
 *
 * @param shapes The shapes by key.
 * @param types Those that are known, by key.
 * @returns Lines of TypeScript.
 */
export function writeProperties(
  shapes: Shapes,
  types: Readonly<Record<string, string>> = NO_INFLECTION,
): string {
  const names = new Set<string>();
  return Object.entries(shapes).map(([key, shape]) => {
    const name = propertyName(key);
    if (names.has(name)) throw new Error(`Two keys are ${name}`);
    names.add(name);
    return `${writeVersions(shape)}readonly ${name}?: ${
      types[key] ?? writeShape(shape)
    };\n`;
  }).join("");
}

/** A comment on the versions that have a property; nothing if all have it. */
export function writeVersions({ since, until }: Shape): string {
  if (until !== undefined) {
    const range = since === undefined ? "up to" : `${since} to`;
    return `/** In API versions ${range} ${until} only. */\n`;
  }
  return since === undefined ? "" : `/** Since API version ${since}. */\n`;
}

function writeShape(shape: Shape): string {
  const types = shape.type.split("|").map((type) => writeType(type, shape));
  return [...new Set(types)].join(" | ");
}

function writeType(type: string, shape: Shape): string {
  const { items, properties, values } = shape;
  if (type === "array") {
    const item = items ? writeShape(items) : "JsonValue";
    return /[|{]/.test(item) ? `(${item})[]` : `${item}[]`;
  }
  if (type === "object") {
    return properties ? `{\n${writeProperties(properties)}}` : "JsonObject";
  }
  return SCALARS[type] ?? (values ? writeValues(values) : "string");
}

/**
 * Writes documented values; others may come.
 *
 * @param values The values.
 * @returns An open union.
 */
export function writeValues(values: readonly string[]): string {
  return `OpenUnion<${
    values.map((value) => JSON.stringify(value)).join(" | ")
  }>`;
}
