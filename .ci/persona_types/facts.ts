/**
 * The facts about Persona's objects, grouped as their types are.
 *
 * @module
 */

import {
  type PackedShapes,
  type Shapes,
  unpackShapes,
} from "../persona_facts/shape.ts";
import { pascalCase, typeName } from "./names.ts";

const FACTS = new URL("../persona_facts/facts.json", import.meta.url);

/** Families with a type that events take for any of them. */
const POLYMORPHIC = new Set(["document", "report", "selfie", "verification"]);

/** `.ci/persona_facts/facts.json`. */
export interface FactsFile {
  readonly versions: readonly string[];
  readonly events: readonly string[];
  /** By event name. */
  readonly contexts: Readonly<Record<string, PackedShapes>>;
  /** By the part of an event name before the dot. */
  readonly kinds: Readonly<
    Record<string, {
      readonly types: readonly string[];
      readonly included?: readonly string[];
      readonly isInferred?: boolean;
    }>
  >;
  /** By type; a string is the type that has the same facts. */
  readonly objects: Readonly<
    Record<
      string,
      string | {
        readonly attributes: PackedShapes;
        readonly relationships: PackedShapes;
      }
    >
  >;
}

/** One type of object. */
export interface ObjectFacts {
  readonly type: string;
  /** In TypeScript. */
  readonly name: string;
  readonly attributes: Shapes;
  readonly relationships: Shapes;
}

/** Types that begin alike, such as `verification/…`; or one type. */
export interface Family {
  readonly fileName: string;
  /** Such as `verification`; empty for the objects that have none. */
  readonly prefix: string;
  /** In TypeScript. */
  readonly name: string;
  /** Whether events take one name for all of them, known or not. */
  readonly isOpen: boolean;
  readonly objects: readonly ObjectFacts[];
}

/** All facts. */
export interface Facts extends Omit<FactsFile, "contexts" | "objects"> {
  readonly contexts: Readonly<Record<string, Shapes>>;
  readonly families: readonly Family[];
}

/**
 * Reads the file of facts.
 *
 * @returns The facts.
 */
export async function readFacts(): Promise<Facts> {
  const file: FactsFile = JSON.parse(await Deno.readTextFile(FACTS));
  const objects = Object.keys(file.objects).map((type) =>
    readObject(type, file)
  );
  const byPrefix = Map.groupBy(objects, ({ type }) => prefixOf(type));
  const families = [...byPrefix].map(([prefix, objects]): Family => ({
    fileName: `${prefix.replaceAll("-", "_") || "object"}s`,
    prefix,
    name: pascalCase(prefix),
    isOpen: POLYMORPHIC.has(prefix),
    objects,
  }));
  return {
    ...file,
    families,
    contexts: Object.fromEntries(
      Object.entries(file.contexts).map((
        [name, shapes],
      ) => [name, unpackShapes(shapes)]),
    ),
  };
}

function readObject(type: string, { objects }: FactsFile): ObjectFacts {
  let facts = objects[type];
  if (typeof facts === "string") facts = objects[facts];
  if (typeof facts !== "object") throw new Error(`No facts about ${type}`);
  return {
    type,
    name: typeName(type),
    attributes: unpackShapes(facts.attributes),
    relationships: unpackShapes(facts.relationships),
  };
}

/** Of `connect/…` each type is one of its own. */
function prefixOf(type: string): string {
  const [prefix = "", rest] = type.split("/");
  return rest === undefined || prefix === "connect" ? "" : prefix;
}
