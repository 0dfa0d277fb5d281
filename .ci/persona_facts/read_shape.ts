/**
 * The shape of what a schema describes.
 *
 * @module
 */

import { type Lookup, resolveSchema, type Schema } from "./resolve_schema.ts";
import type { Shape } from "./shape.ts";

/**
 * Reads a schema into a shape. Where a schema contains itself, the inner one is
 * an object that may hold anything.
 *
 * @param schema The schema.
 * @param lookup Follows references.
 * @param above The references that led here.
 * @returns The shape.
 */
export function readShape(
  schema: Schema,
  lookup: Lookup,
  above: readonly string[] = [],
): Shape {
  const { $ref } = schema;
  if ($ref !== undefined && above.includes($ref)) return { type: "object" };
  const path = $ref === undefined ? above : [...above, $ref];
  const read = (part: Schema) => readShape(part, lookup, path);
  const whole = resolveSchema(schema, lookup);
  const choices = whole.oneOf ?? whole.anyOf;
  if (choices) return unite(choices.map(read));
  const type = joinTypes(typesOf(whole));
  const values = valuesOf(whole);
  return {
    type,
    ...(values.length > 0 && { values }),
    ...(whole.required && { required: [...whole.required].sort() }),
    ...(whole.items && { items: read(whole.items) }),
    ...(whole.properties && {
      properties: Object.fromEntries(
        Object.entries(whole.properties).map((
          [key, property],
        ) => [key, read(property)]),
      ),
    }),
  };
}

function typesOf(schema: Schema): string[] {
  const { type = guessType(schema), format } = schema;
  return [type].flat().map((type) =>
    type === "string" && (format === "date-time" || format === "date")
      ? format
      : type
  );
}

function guessType(schema: Schema): string {
  if (schema.properties) return "object";
  if (schema.items) return "array";
  return schema.const === undefined ? "any" : "string";
}

/** Documented values stand in the description, as Persona may add to them. */
function valuesOf(schema: Schema): string[] {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum) return [...schema.enum];
  const { description = "" } = schema;
  const [, list] = /Possible values:\n((?:- .*\n?)+)/.exec(description) ?? [];
  if (list !== undefined) {
    return [...list.matchAll(/^- ([^\s]+)/gm)].map(([, value = ""]) => value);
  }
  const [sentence] =
    /(?:One of|Possible values include) `.*?(?:\.|$)/s.exec(description) ?? [];
  return [...(sentence ?? "").matchAll(/`([^`]+)`/g)].map((
    [, value = ""],
  ) => value);
}

/** A value that has one of several shapes. */
export function unite(shapes: readonly Shape[]): Shape {
  const types = new Set(shapes.flatMap(({ type }) => type.split("|")));
  const values = new Set(shapes.flatMap(({ values = [] }) => values));
  const items = shapes.flatMap(({ items }) => items ?? []);
  const keys = new Set(
    shapes.flatMap(({ properties = {} }) => Object.keys(properties)),
  );
  const required = shapes.flatMap(({ required = [] }) => required).filter((
    key,
    index,
    all,
  ) =>
    all.indexOf(key) === index &&
    shapes.every(({ required }) => required?.includes(key))
  );
  return {
    type: joinTypes(types),
    ...(values.size > 0 && { values: [...values] }),
    ...(shapes.some(({ isByExample }) => isByExample) && { isByExample: true }),
    ...(required.length > 0 && { required }),
    ...(items.length > 0 && { items: unite(items) }),
    ...(keys.size > 0 && {
      properties: Object.fromEntries(
        [...keys].map((key) => [
          key,
          unite(shapes.flatMap(({ properties }) => properties?.[key] ?? [])),
        ]),
      ),
    }),
  };
}

function joinTypes(types: Iterable<string>): string {
  const sorted = [...new Set(types)].sort();
  const isNull = (type: string) => type === "null";
  return [
    ...sorted.filter((type) => !isNull(type)),
    ...sorted.filter(isNull),
  ].join("|");
}
