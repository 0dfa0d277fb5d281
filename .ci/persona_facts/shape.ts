/**
 * The shape of a JSON value, as the facts about Persona's objects say it.
 *
 * @module
 */

/** What a value may be, and in which API versions it is there. */
export interface Shape {
  /** Types joined by `|`: those of JSON Schema, and `date-time` and `date`. */
  readonly type: string;
  /** The documented values of a text; Persona may add others. */
  readonly values?: readonly string[];
  /** Whether the values are examples, and not a list of all documented ones. */
  readonly isByExample?: true;
  /** Of an array. */
  readonly items?: Shape;
  /** Of an object; none says that anything may be in it. */
  readonly properties?: Shapes;
  /** The keys that an object always has. */
  readonly required?: readonly string[];
  /** The first API version that has it, unless all have. */
  readonly since?: string;
  /** The last API version that has it, unless the newest has. */
  readonly until?: string;
}

/** Shapes by key, in kebab case. */
export interface Shapes {
  readonly [key: string]: Shape;
}

/** A shape in the file of facts: a bare type where there is nothing else to say. */
export type PackedShape =
  | string
  | (Omit<Shape, "items" | "properties"> & {
    readonly items?: PackedShape;
    readonly properties?: PackedShapes;
  });

/** Packed shapes by key. */
export interface PackedShapes {
  readonly [key: string]: PackedShape;
}

/** Packs shapes for the file of facts. */
export function packShapes(shapes: Shapes): PackedShapes {
  return mapValues(shapes, packShape);
}

/** Gives packed shapes their full form. */
export function unpackShapes(shapes: PackedShapes): Shapes {
  return mapValues(shapes, unpackShape);
}

function packShape({ type, items, properties, ...rest }: Shape): PackedShape {
  const isBare = !items && !properties && Object.keys(rest).length === 0;
  if (isBare) return type;
  return {
    type,
    ...rest,
    ...(items && { items: packShape(items) }),
    ...(properties && { properties: packShapes(properties) }),
  };
}

function unpackShape(packed: PackedShape): Shape {
  if (typeof packed === "string") return { type: packed };
  const { items, properties, ...rest } = packed;
  return {
    ...rest,
    ...(items !== undefined && { items: unpackShape(items) }),
    ...(properties && { properties: unpackShapes(properties) }),
  };
}

function mapValues<From, To>(
  record: { readonly [key: string]: From },
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value)]),
  );
}
