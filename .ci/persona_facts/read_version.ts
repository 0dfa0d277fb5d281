/**
 * The facts in the OpenAPI document of one API version.
 *
 * @module
 */

import { readShape } from "./read_shape.ts";
import { type Lookup, resolveSchema, type Schema } from "./resolve_schema.ts";
import type { Shape, Shapes } from "./shape.ts";

/** An OpenAPI document, as far as it is read here. */
interface OpenApi {
  readonly webhooks: Record<string, { post: { requestBody: Body } }>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

interface Body {
  readonly content: { "application/json": { schema: Schema } };
}

/** An object's attributes and relationships. */
export interface ObjectFacts {
  readonly attributes: Shapes;
  readonly relationships: Shapes;
}

/** What the events of one kind are about. */
export interface KindFacts {
  /** The types of the object. */
  readonly types: readonly string[];
  /** The types of the objects that come along; none if there is no such list. */
  readonly included?: readonly string[];
  /** Whether no body is documented: the type is the kind, as elsewhere. */
  readonly isInferred?: true;
}

/** All facts of one version. */
export interface VersionFacts {
  readonly version: string;
  readonly names: readonly string[];
  readonly kinds: Record<string, KindFacts>;
  /** By event name. */
  readonly contexts: Record<string, Shapes>;
  /** By type. */
  readonly objects: ReadonlyMap<string, ObjectFacts>;
}

/**
 * Reads one document.
 *
 * @param version The API version.
 * @param document The OpenAPI document.
 * @returns The facts.
 */
export function readVersion(version: string, document: OpenApi): VersionFacts {
  const { webhooks, components: { schemas } } = document;
  const lookup: Lookup = (reference) => {
    const name = reference.replace("#/components/schemas/", "");
    const schema = schemas[name];
    if (!schema) throw new Error(`No ${reference} in ${version}`);
    return schema;
  };
  const sources = new Map<string, Schema>();
  const typesIn = (schema: Schema) => {
    const found = objectsIn(schema, lookup);
    for (const [type, source] of found) sources.set(type, source);
    return [...found.keys()].sort();
  };
  const kinds: Record<string, KindFacts> = {};
  const contexts: Record<string, Shapes> = {};
  for (const [name, webhook] of Object.entries(webhooks).sort()) {
    const { data, included, context } = readBody(
      webhook.post.requestBody.content["application/json"].schema,
      lookup,
    );
    kinds[kindOf(name)] = {
      types: typesIn(data),
      ...(included && {
        included: typesIn(resolveSchema(included, lookup).items ?? {}),
      }),
    };
    if (context) contexts[name] = readShape(context, lookup).properties ?? {};
  }
  const names = eventNames(schemas);
  for (const kind of new Set(names.map(kindOf))) {
    kinds[kind] ??= { types: [kind], isInferred: true };
  }
  addTargets(sources, { kinds, schemas: Object.values(schemas), lookup });
  const objects = new Map(
    [...sources].map(([type, source]) => [type, readObject(source, lookup)]),
  );
  for (const kind of Object.keys(kinds)) {
    if (objects.has(kind) || !kinds[kind]?.isInferred) continue;
    objects.set(kind, inferObject(kind, schemas, lookup));
  }
  const sorted = Object.entries(kinds).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    version,
    names,
    kinds: Object.fromEntries(sorted),
    contexts,
    objects,
  };
}

function kindOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}

function eventNames(schemas: Record<string, Schema>): string[] {
  const attributes = schemas["webhook-request-attributes"];
  const { items } = attributes?.properties?.["enabled-events"] ?? {};
  return (items?.enum ?? []).filter((name) => name !== "*");
}

function readBody(schema: Schema, lookup: Lookup) {
  const dataSchema = schema.properties?.data ?? {};
  const event = resolveSchema(dataSchema, lookup).properties?.attributes ?? {};
  const { payload = {}, context } = resolveSchema(event, lookup).properties ??
    {};
  const { data, included } = resolveSchema(payload, lookup).properties ?? {};
  if (!data) throw new Error("A webhook body without data");
  return { data, included, context };
}

/** The object schemas that a schema stands for, by type. */
function objectsIn(schema: Schema, lookup: Lookup): Map<string, Schema> {
  const whole = resolveSchema(schema, lookup);
  const { mapping } = whole.discriminator ?? {};
  if (mapping) {
    return new Map(
      Object.entries(mapping).map(([type, reference]) => [
        type,
        lookup(reference),
      ]),
    );
  }
  const { type, id, attributes } = whole.properties ?? {};
  if (!type || !id || !attributes) return new Map();
  const types = readShape(type, lookup).values ?? [];
  return new Map(types.map((type) => [type, schema]));
}

/** Adds the objects that events or objects read so far point to. */
function addTargets(
  sources: Map<string, Schema>,
  { kinds, schemas, lookup }: {
    kinds: Record<string, KindFacts>;
    schemas: readonly Schema[];
    lookup: Lookup;
  },
): void {
  const wanted = new Set(Object.keys(kinds));
  for (let size = -1; size < sources.size;) {
    size = sources.size;
    for (const source of sources.values()) {
      const { relationships } = readObject(source, lookup);
      for (const { values = [] } of Object.values(relationships)) {
        for (const value of values) wanted.add(value);
      }
    }
    for (const [type, source] of schemas.flatMap(objectEntries)) {
      if (wanted.has(type) && !sources.has(type)) sources.set(type, source);
    }
  }

  function objectEntries(schema: Schema): [string, Schema][] {
    return [...objectsIn(schema, lookup)];
  }
}

const cache = new WeakMap<Schema, ObjectFacts>();

function readObject(schema: Schema, lookup: Lookup): ObjectFacts {
  const known = cache.get(schema);
  if (known) return known;
  const { attributes = {}, relationships = {} } =
    resolveSchema(schema, lookup).properties ?? {};
  const pointers = resolveSchema(relationships, lookup).properties ?? {};
  const object: ObjectFacts = {
    attributes: readShape(attributes, lookup).properties ?? {},
    relationships: Object.fromEntries(
      Object.entries(pointers).map((
        [name, pointer],
      ) => [name, readPointer(pointer, lookup)]),
    ),
  };
  cache.set(schema, object);
  return object;
}

/** A relationship: `object`, `array` or `null`, and the types it may point to. */
function readPointer(schema: Schema, lookup: Lookup): Shape {
  const { data = {} } = resolveSchema(schema, lookup).properties ?? {};
  const { type } = readShape(data, lookup);
  const targets = targetSchemas(data, lookup);
  const listed = targets.flatMap((target) =>
    readShape(target, lookup).values ?? []
  );
  const examples = targets.flatMap(({ examples = [], example }) => [
    ...examples,
    example,
  ]).filter((value) => typeof value === "string");
  return {
    type,
    values: [...new Set(listed.length > 0 ? listed : examples)].sort(),
    ...(listed.length === 0 && { isByExample: true }),
  };
}

/** The schemas of the `type` of what is pointed to. */
function targetSchemas(schema: Schema, lookup: Lookup): Schema[] {
  const { oneOf = [], anyOf = [], items, properties } = resolveSchema(
    schema,
    lookup,
  );
  const parts = [...oneOf, ...anyOf, ...(items ? [items] : [])];
  return [
    ...parts.flatMap((part) => targetSchemas(part, lookup)),
    ...(properties?.type ? [resolveSchema(properties.type, lookup)] : []),
  ];
}

/** No schema: a report has what all reports have; of others nothing is known. */
function inferObject(
  kind: string,
  schemas: Record<string, Schema>,
  lookup: Lookup,
): ObjectFacts {
  const shared = (part: string) => schemas[`report-shared-${part}`] ?? {};
  if (!kind.startsWith("report/")) return { attributes: {}, relationships: {} };
  return readObject({
    properties: {
      attributes: shared("attributes"),
      relationships: shared("relationships"),
    },
  }, lookup);
}
