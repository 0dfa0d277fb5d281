/**
 * Makes `.ci/persona_facts/facts.json` from a checkout of Persona's OpenAPI documents
 * (persona-id/persona-openapi, Apache-2.0): which events there are, which objects
 * they carry, and which attributes and relationships these have, by API version.
 * Facts only: no description or example is taken over.
 *
 *     git clone https://github.com/persona-id/persona-openapi ../persona-openapi
 *     deno run -A .ci/persona_facts.ts ../persona-openapi
 *     deno run -A .ci/persona_types.ts
 *
 * @module
 */

import { mergeShapes } from "./persona_facts/merge_shapes.ts";
import {
  readVersion,
  type VersionFacts,
} from "./persona_facts/read_version.ts";
import { packShapes } from "./persona_facts/shape.ts";

const FACTS = new URL("./persona_facts/facts.json", import.meta.url);

/** Events that Persona's documentation describes beside the specification. */
const EVENTS_BESIDE = [{ name: "workflow-run.completed", context: {} }];

if (import.meta.main) {
  const [checkout] = Deno.args;
  if (checkout === undefined) {
    throw new Error("Usage: deno run -A .ci/persona_facts.ts CHECKOUT");
  }
  await writeFacts(checkout);
}

async function writeFacts(checkout: string): Promise<void> {
  const versions: VersionFacts[] = [];
  for (const version of versionsOf(checkout)) {
    const path = `${checkout}/${version}/openapi-bundled.json`;
    versions.push(
      readVersion(version, JSON.parse(await Deno.readTextFile(path))),
    );
  }
  const newest = versions.at(-1);
  if (!newest) throw new Error(`No API version in ${checkout}`);
  const names = [...newest.names, ...EVENTS_BESIDE.map(({ name }) => name)];
  const contexts = [
    ...Object.entries(newest.contexts),
    ...EVENTS_BESIDE.map(({ name, context }) => [name, context] as const),
  ];
  const types = new Set(versions.flatMap(({ objects }) => [...objects.keys()]));
  const facts = {
    source: "https://github.com/persona-id/persona-openapi (Apache-2.0)",
    versions: versions.map(({ version }) => version),
    events: names.sort(),
    contexts: Object.fromEntries(
      contexts.sort().map(([name, shapes]) => [name, packShapes(shapes)]),
    ),
    kinds: newest.kinds,
    objects: withoutRepeats(
      [...types].sort().map((type) => [type, mergeObject(type, versions)]),
    ),
  };
  await Deno.writeTextFile(FACTS, `${compact(facts)}\n`);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", FACTS.pathname],
  }).spawn().status;
}

function versionsOf(checkout: string): string[] {
  return [...Deno.readDirSync(checkout)].map(({ name }) => name)
    .filter((name) => /^\d{4}-\d\d-\d\d$/.test(name)).sort();
}

function mergeObject(type: string, versions: readonly VersionFacts[]) {
  const merged = (part: "attributes" | "relationships") => {
    const { properties = {} } = mergeShapes(
      versions.map(({ version, objects }) => ({
        version,
        shape: { type: "object", properties: objects.get(type)?.[part] ?? {} },
      })),
      type,
    );
    return packShapes(properties);
  };
  return {
    attributes: merged("attributes"),
    relationships: merged("relationships"),
  };
}

/** Of types with the same facts only the first has them; the others name it. */
function withoutRepeats(objects: readonly (readonly [string, unknown])[]) {
  const first = new Map<string, string>();
  return Object.fromEntries(objects.map(([type, facts]) => {
    const text = JSON.stringify(facts);
    const same = first.get(text);
    first.set(text, same ?? type);
    return [type, same ?? facts];
  }));
}

/** JSON with each object on one line that has no other inside and fits. */
function compact(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const inner = `${indent}  `;
  const parts = Object.entries(value).map(([key, part]) =>
    (isList ? "" : `${JSON.stringify(key)}: `) + compact(part, inner)
  );
  const line = parts.join(", ");
  if (!line.includes("{") && !line.includes("\n") && line.length <= 70) {
    return isList ? `[${line}]` : parts.length === 0 ? "{}" : `{ ${line} }`;
  }
  const [open, close] = isList ? "[]" : "{}";
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}
