/**
 * The file of a family of objects.
 *
 * @module
 */

import type { Shapes } from "../persona_facts/shape.ts";
import type { Facts, Family, ObjectFacts } from "./facts.ts";
import { commonOf, without } from "./common_shapes.ts";
import { propertyName } from "./names.ts";
import { writeHeader } from "./write_header.ts";
import { writeAttributes, writeVersions } from "./write_shape.ts";

/**
 * Writes the types of a family: what all have in common, each object, and their
 * union.
 *
 * @param family The family.
 * @param facts The others, for what relationships point to.
 * @returns TypeScript.
 */
export function writeFamily(family: Family, facts: Facts): string {
  const body = family.prefix === ""
    ? family.objects.map((object) => writeObject(object, facts)).join("\n")
    : writeMembers(family, facts);
  const title = family.prefix === ""
    ? "Objects whose type is one word."
    : `Objects whose type begins with \`${family.prefix}/\`.`;
  return writeHeader(title, body, facts, family) + body;
}

interface Shared {
  readonly name: string;
  readonly attributes: Shapes;
  readonly relationships: Shapes;
}

function writeMembers(family: Family, facts: Facts): string {
  const { name, objects, prefix } = family;
  const shared: Shared = {
    name,
    attributes: commonOf(objects.map(({ attributes }) => attributes)),
    relationships: commonOf(objects.map(({ relationships }) => relationships)),
  };
  const isUniform = objects.every((object) =>
    !hasOwn(object.attributes, shared.attributes) &&
    !hasOwn(object.relationships, shared.relationships)
  );
  const types = objects.map(({ type }) => JSON.stringify(type)).join(" | ");
  const base = writeParts(`of every \`${prefix}/…\``, shared, facts);
  const undocumented = `Undocumented${name}Type`;
  const openType = family.isOpen
    ? `
/** Never there at run time: a type that equals no literal, as in \`Undocumented\`. */
declare enum ${undocumented} {
  Value = "${prefix}/(undocumented)",
}
`
    : "";
  if (isUniform) {
    const type = family.isOpen ? `${types} | ${undocumented}` : types;
    return `${base}${openType}
/** ${article(prefix)} \`${prefix}/…\` object. */
export type ${name} = ResourceObject<${type}, ${partNames(shared)}>;
`;
  }
  const members = objects.map((object) => writeObject(object, facts, shared));
  const union = objects.map((object) => object.name);
  if (family.isOpen) union.push(`Other${name}`);
  const other = family.isOpen
    ? `${openType}
/** ${
      article(prefix)
    } \`${prefix}/…\` object of a type that is documented nowhere. */
export type Other${name} = ResourceObject<${undocumented}, ${
      partNames(shared)
    }>;
`
    : "";
  return `${base}
/** ${
    article(prefix)
  } \`${prefix}/…\` object; \`type\` tells which, see {@linkcode isObject}. */
export type ${name} = ${union.join(" | ")};
${other}
${members.join("\n")}`;
}

function writeObject(
  { name, type, attributes, relationships }: ObjectFacts,
  facts: Facts,
  shared?: Shared,
): string {
  const own: Shared = {
    name,
    attributes: without(attributes, shared?.attributes),
    relationships: without(relationships, shared?.relationships),
  };
  const doc = `/** ${article(type)} \`${type}\` object. */`;
  const isUnknown = Object.keys(attributes).length === 0 && !shared;
  if (isUnknown) {
    return `/** ${
      article(type)
    } \`${type}\` object, of which only the type is known. */
export type ${name} = UnknownObject<${JSON.stringify(type)}>;
`;
  }
  return `${writeParts(`of a \`${type}\``, own, facts, shared)}
${doc}
export type ${name} = ResourceObject<${JSON.stringify(type)}, ${
    partNames(own, shared)
  }>;
`;
}

/** The interfaces of an object: its own ones, or where it adds nothing the shared. */
function partNames(own: Shared, shared?: Shared): string {
  const named = (part: "attributes" | "relationships", suffix: string) => {
    const owner = [own, shared].find((owner) =>
      owner && Object.keys(owner[part]).length > 0
    );
    return `${owner?.name ?? ""}${suffix}`;
  };
  return `${named("attributes", "Attributes")}, ${
    named("relationships", "Relationships")
  }`;
}

function writeParts(
  of: string,
  own: Shared,
  facts: Facts,
  shared?: Shared,
): string {
  let text = "";
  const base = (part: "attributes" | "relationships", suffix: string) =>
    shared && Object.keys(shared[part]).length > 0
      ? ` extends ${shared.name}${suffix}`
      : "";
  if (Object.keys(own.attributes).length > 0) {
    text += `/** Attributes ${of} object. */
export interface ${own.name}Attributes${base("attributes", "Attributes")} {
${writeAttributes(own.attributes)}}
`;
  }
  if (Object.keys(own.relationships).length > 0) {
    text += `
/** Relationships ${of} object. */
export interface ${own.name}Relationships${
      base("relationships", "Relationships")
    } {
${writeRelationships(own.relationships, facts)}}
`;
  }
  return text;
}

function writeRelationships(relationships: Shapes, facts: Facts): string {
  return Object.entries(relationships).map(([key, shape]) => {
    const kind = shape.type.includes("array") ? "ToMany" : "ToOne";
    const targets = (shape.values ?? []).map((type) =>
      writeTarget(type, facts)
    );
    const union = [...new Set(targets)].join(" | ");
    // An example stands for its family, several for who knows what.
    const target = shape.isByExample && !/^\w+\["type"\]$/.test(union)
      ? `Suggested<${union}>`
      : union;
    return `${writeVersions(shape)}readonly ${
      propertyName(key)
    }?: ${kind}<${target}>;\n`;
  }).join("");
}

/** A type; of a family, any, as relationships to one are polymorphic. */
function writeTarget(type: string, { families }: Facts): string {
  const family = families.find(({ prefix }) =>
    prefix !== "" && (type === prefix || type.startsWith(`${prefix}/`))
  );
  return family ? `${family.name}["type"]` : JSON.stringify(type);
}

function hasOwn(shapes: Shapes, shared: Shapes): boolean {
  return Object.keys(without(shapes, shared)).length > 0;
}

function article(word: string): string {
  return /^[aeiou]/.test(word) ? "An" : "A";
}
