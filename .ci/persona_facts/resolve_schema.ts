/**
 * JSON Schema as Persona's documents use it, with references and `allOf` put into
 * one schema.
 *
 * @module
 */

/** The parts of a schema that are facts. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly example?: unknown;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: { readonly [key: string]: Schema };
  readonly discriminator?: { readonly mapping?: Record<string, string> };
}

/** Gives what a `#/…` reference points to. */
export type Lookup = (reference: string) => Schema;

/**
 * Puts the references and `allOf` of a schema into one schema, on its top level.
 *
 * @param schema The schema.
 * @param lookup Follows references.
 * @returns The schema without `$ref` and `allOf`.
 */
export function resolveSchema(schema: Schema, lookup: Lookup): Schema {
  const { $ref, allOf = [], ...own } = schema;
  const parts = [...allOf, ...($ref === undefined ? [] : [lookup($ref)])]
    .map((part) => resolveSchema(part, lookup));
  return [...parts, own].reduce((merged, part) => ({
    ...merged,
    ...part,
    ...((merged.properties || part.properties) && {
      properties: { ...merged.properties, ...part.properties },
    }),
  }), {});
}
