import type { JsonObject, JsonValue } from "../../lib/json/json.ts";

/** What a keyword demands; a keyword that is not here fails the test. */
const KEYWORDS: Record<
  string,
  (rule: never, value: JsonValue, root: JsonObject) => boolean
> = {
  $ref: (path: string, value, root) => {
    const name = path.replace("#/definitions/", "");
    const { definitions } = root as { definitions: Record<string, JsonObject> };
    return isValid(definitions[name]!, value, root);
  },
  type: (types: string | string[], value) =>
    [types].flat().includes(typeOf(value)) ||
    [types].flat().includes("integer") && Number.isInteger(value),
  enum: (values: JsonValue[], value) => values.includes(value),
  const: (constant: JsonValue, value) => constant === value,
  pattern: (pattern: string, value) =>
    typeof value !== "string" || new RegExp(pattern, "u").test(value),
  minimum: (least: number, value) =>
    typeof value !== "number" || value >= least,
  maximum: (most: number, value) => typeof value !== "number" || value <= most,
  minItems: (least: number, value) =>
    !Array.isArray(value) || value.length >= least,
  maxProperties: (most: number, value) =>
    !isObject(value) || Object.keys(value).length <= most,
  required: (names: string[], value) =>
    !isObject(value) || names.every((name) => Object.hasOwn(value, name)),
  items: (schema: JsonObject, value, root) =>
    !Array.isArray(value) || value.every((one) => isValid(schema, one, root)),
  propertyNames: (schema: JsonObject, value, root) =>
    !isObject(value) ||
    Object.keys(value).every((name) => isValid(schema, name, root)),
  dependencies: (rules: Record<string, string[]>, value) =>
    !isObject(value) ||
    Object.entries(rules).every(([name, others]) =>
      !Object.hasOwn(value, name) ||
      others.every((other) => Object.hasOwn(value, other))
    ),
  anyOf: (schemas: JsonObject[], value, root) =>
    schemas.some((schema) => isValid(schema, value, root)),
  allOf: (schemas: JsonObject[], value, root) =>
    schemas.every((schema) => isValid(schema, value, root)),
  oneOf: (schemas: JsonObject[], value, root) =>
    schemas.filter((schema) => isValid(schema, value, root)).length === 1,
  not: (schema: JsonObject, value, root) => !isValid(schema, value, root),
};

/** Keywords that demand nothing, and those that belong together. */
const OTHERS = [
  ...["$schema", "title", "description", "default", "definitions"],
  ...["allowTrailingCommas", "properties", "additionalProperties"],
];

/** Returns whether a value is valid, by JSON Schema as far as `inbox.json` needs it. */
export function isValid(
  schema: JsonObject,
  value: JsonValue,
  root: JsonObject = schema,
): boolean {
  return Object.entries(schema).every(([keyword, rule]) => {
    if (OTHERS.includes(keyword)) return true;
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`${keyword} is not known here`);
    return check(rule as never, value, root);
  }) && hasValidProperties(schema, value, root);
}

function hasValidProperties(
  { properties = {}, additionalProperties = {} }: JsonObject,
  value: JsonValue,
  root: JsonObject,
): boolean {
  if (!isObject(value) || !isObject(properties)) return true;
  return Object.entries(value).every(([name, member]) => {
    const schema = Object.hasOwn(properties, name)
      ? properties[name]
      : additionalProperties;
    return schema !== false &&
      (!isObject(schema) || isValid(schema, member!, root));
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeOf(value) === "object";
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
