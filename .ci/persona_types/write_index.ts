/**
 * The file that finds an object's type.
 *
 * @module
 */

import type { Facts, Family } from "./facts.ts";
import { writeHeader } from "./write_header.ts";
import { writeProperties } from "./write_shape.ts";

/**
 * Writes the maps from types, kinds and event names to TypeScript's types.
 *
 * @param facts The facts.
 * @returns TypeScript.
 */
export function writeIndex(facts: Facts): string {
  const { families, kinds, contexts } = facts;
  const objects = families.flatMap((family) =>
    family.objects.map(({ type, name }) => ({
      type,
      name: hasOneType(family) ? family.name : name,
    }))
  ).sort((a, b) => a.type < b.type ? -1 : 1);
  const nameOf = (types: readonly string[]) => {
    const family = families.find(({ prefix, isOpen }) =>
      isOpen && types.every((type) => type.startsWith(`${prefix}/`))
    );
    if (family && types.length > 1) return family.name;
    return objects.filter(({ type }) => types.includes(type)).map(({ name }) =>
      name
    ).join(" | ");
  };
  const body = `/** Every documented object, by its type. */
export interface PersonaObjects {
${lines(objects.map(({ type, name }) => [type, name]))}}

/** The objects that the events of a kind are about, by the part of their name before the dot. */
export interface ObjectsByKind {
${
    lines(
      Object.entries(kinds).map(([kind, { types }]) => [kind, nameOf(types)]),
    )
  }}

/** The facts that events tell beside their object, by event name. */
export interface EventContexts {
${
    Object.entries(contexts).map(([name, shapes]) =>
      `readonly ${JSON.stringify(name)}: ${
        Object.keys(shapes).length === 0
          ? "JsonObject"
          : `{\n${writeProperties(shapes)}}`
      };\n`
    ).join("")
  }}
`;
  return writeHeader(
    "Which object an event is about, and which context it has.",
    body,
    facts,
  ) + body;
}

/** Whether all objects of a family are alike, and written as one. */
function hasOneType({ objects, prefix }: Family): boolean {
  const [first, ...others] = objects.map(({ attributes, relationships }) =>
    JSON.stringify([attributes, relationships])
  );
  return prefix !== "" && others.every((other) => other === first);
}

function lines(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([key, value]) =>
    `readonly ${JSON.stringify(key)}: ${value};\n`
  ).join("");
}
