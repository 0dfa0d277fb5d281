/** Holds an event against the facts that Persona's specification gives. */
import { readFacts } from "../../.ci/persona_types/facts.ts";
import type { Shape, Shapes } from "../../.ci/persona_facts/shape.ts";
import { type Inflection, inflectKeys } from "../../lib/persona/inflection.ts";
import type { JsonObject, JsonValue } from "../../lib/json/json.ts";
import { isJsonObject } from "../../lib/json/json.ts";

const facts = await readFacts();
const OBJECTS = new Map(
  facts.families.flatMap(({ objects }) =>
    objects.map((object) => [object.type, object] as const)
  ),
);

/** API versions, oldest first. */
export const VERSIONS = facts.versions;

/**
 * Says what of an event is documented nowhere, missing, or of another type than
 * documented.
 */
export function faultsOf(
  event: JsonObject,
  { version, inflection }: { version: string; inflection: Inflection },
): string[] {
  const faults: string[] = [];
  const { attributes } = objectAt(event.data);
  const { name, payload, context, [spell("created-at")]: createdAt, ...rest } =
    objectAt(attributes);
  const kind = String(name).slice(0, String(name).lastIndexOf("."));
  const { types = [], included, isInferred } = facts.kinds[kind] ?? {};
  faults.push(...Object.keys(rest).map((key) => `${key} is unknown`));
  checkShape(createdAt, { type: "date-time" }, "created-at");
  const documented = facts.contexts[String(name)];
  if (documented) checkShapes(context, documented, "context");
  else if (context !== undefined) faults.push("context is unknown");
  const { data, included: others, ...unknown } = objectAt(payload);
  faults.push(...Object.keys(unknown).map((key) => `payload.${key}`));
  checkObject(data, types, "data");
  if (others !== undefined && !included && !isInferred) {
    faults.push("included is unknown");
  }
  for (const other of Array.isArray(others) ? others : []) {
    checkObject(other, included ?? [], "included");
  }
  return faults;

  function checkObject(
    value: JsonValue | undefined,
    types: readonly string[],
    path: string,
  ): void {
    const { type, id, attributes, relationships, ...rest } = objectAt(value);
    const object = OBJECTS.get(String(type));
    if (!object || !types.includes(object.type)) {
      faults.push(`${path} has the type ${type}`);
      return;
    }
    if (typeof id !== "string") faults.push(`${path} has no id`);
    faults.push(...Object.keys(rest).map((key) => `${path}.${key}`));
    checkShapes(attributes, object.attributes, type + ".attributes");
    if (relationships && Object.keys(object.relationships).length === 0) {
      faults.push(`${path}.relationships is unknown`);
    }
    const pointers = objectAt(relationships);
    compareKeys(pointers, object.relationships, type + ".relationships");
    for (const [name, shape] of Object.entries(object.relationships)) {
      const pointer = pointers[spell(name)];
      const place = `${type}.relationships.${name}`;
      if (pointer) checkPointer(objectAt(pointer).data, shape, place);
    }
  }

  function checkShapes(
    value: JsonValue | undefined,
    shapes: Shapes,
    path: string,
  ): void {
    const object = objectAt(value);
    compareKeys(object, shapes, path);
    for (const [key, shape] of Object.entries(shapes)) {
      const member = object[spell(key, path)];
      if (member !== undefined) checkShape(member, shape, `${path}.${key}`);
    }
  }

  function compareKeys(object: JsonObject, shapes: Shapes, path: string): void {
    const spelled = Object.entries(shapes).filter(([, shape]) => isIn(shape))
      .map(([key]) => spell(key, path));
    for (const key of Object.keys(object)) {
      if (!spelled.includes(key)) faults.push(`${path}.${key} is unknown`);
    }
    const isTop = !path.endsWith("]") && path.split(".").length === 2;
    for (const [key, shape] of Object.entries(shapes)) {
      if (isTop && isIn(shape) && !Object.hasOwn(object, spell(key, path))) {
        faults.push(`${path}.${key} is missing`);
      }
    }
  }

  /** A key as the event should have it; names below `fields` stay as they are. */
  function spell(key: string, path = ""): string {
    if (/\.fields\./.test(path)) return key;
    return Object.keys(inflectKeys({ [key]: 0 }, inflection))[0] ?? key;
  }

  function isIn({ since = "", until = version }: Shape): boolean {
    return since <= version && version <= until;
  }

  function checkShape(
    value: JsonValue | undefined,
    shape: Shape,
    path: string,
  ): void {
    const type = typeOf(value, shape);
    if (type === undefined) {
      faults.push(`${path} is no ${shape.type}: ${JSON.stringify(value)}`);
      return;
    }
    if (typeof value === "string" && shape.values) {
      if (!shape.values.includes(value)) {
        faults.push(`${path} is ${value}, none of ${shape.values.join(", ")}`);
      }
    }
    if (Array.isArray(value) && shape.items) {
      for (const item of value) checkShape(item, shape.items, `${path}[]`);
    }
    if (!isJsonObject(value) || !shape.properties) return;
    for (const key of shape.required ?? []) {
      if (!Object.hasOwn(value, spell(key, path))) {
        faults.push(`${path}.${key} is missing`);
      }
    }
    if (/\.fields$/.test(path)) checkFields(value, shape.properties, path);
    else checkShapes(value, shape.properties, `${path}[]`);
  }

  /** Templates name fields, so that any name will do. */
  function checkFields(fields: JsonObject, shapes: Shapes, path: string): void {
    for (const [name, field] of Object.entries(fields)) {
      const { type, value, ...rest } = objectAt(field);
      if (typeof type !== "string" || value === undefined) {
        faults.push(`${path}.${name} is no field`);
      }
      faults.push(...Object.keys(rest).map((key) => `${path}.${name}.${key}`));
      const shape = shapes[name];
      if (shape && value !== null) checkShape(field, shape, `${path}.${name}`);
    }
  }

  function checkPointer(
    data: JsonValue | undefined,
    { type, values = [], isByExample }: Shape,
    path: string,
  ): void {
    if (data === null && type.includes("null")) return;
    const isMany = type.includes("array");
    if (isMany !== Array.isArray(data)) {
      faults.push(`${path} is ${isMany ? "no" : "a"} list`);
      return;
    }
    for (const pointer of [data].flat()) {
      const { type, id, ...rest } = objectAt(pointer);
      const family = (type: string) => type.split("/")[0];
      if (
        typeof type !== "string" || typeof id !== "string" ||
        Object.keys(rest).length > 0 ||
        !isByExample && !values.some((value) => family(value) === family(type))
      ) faults.push(`${path} points to ${JSON.stringify(pointer)}`);
    }
  }
}

function objectAt(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The one of a shape's types that a value has. */
function typeOf(
  value: JsonValue | undefined,
  { type }: Shape,
): string | undefined {
  return type.split("|").find((type) => {
    switch (type) {
      case "any":
        return value !== undefined;
      case "null":
        return value === null;
      case "array":
        return Array.isArray(value);
      case "object":
        return isJsonObject(value);
      case "integer":
        return Number.isInteger(value);
      case "date":
        return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value);
      case "date-time":
        return typeof value === "string" &&
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
      default:
        return [type].includes(typeof value);
    }
  });
}
