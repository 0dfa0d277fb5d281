/**
 * Samples fitted to what Persona documents.
 *
 * @module
 */

import type { DocumentedMember } from "../persona/documented_object.ts";
import { DOCUMENTED_OBJECTS } from "../persona/generated/documented_objects.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import type { SampleResource } from "./resource.ts";

/**
 * Returns a resource with exactly the attributes and relationships that its API
 * version documents.
 *
 * @param resource The resource with the values that matter.
 * @param context The sample that it is part of.
 * @returns A copy; the resource itself if its type is not documented.
 */
export function fitResource(
  resource: SampleResource,
  context: SampleContext,
): SampleResource {
  const { type, id, attributes, relationships } = resource;
  if (!Object.hasOwn(DOCUMENTED_OBJECTS, type)) return resource;
  const documented = DOCUMENTED_OBJECTS[type]?.();
  if (!documented) return resource;
  const fit = (
    members: Readonly<Record<string, DocumentedMember>>,
    values: JsonObject,
    defaultOf: (member: Member, context: SampleContext) => JsonValue,
  ): JsonObject =>
    Object.fromEntries(
      Object.entries(members).map((
        [name, member],
      ) => [name, toMember(member)] as const)
        .filter(([, member]) => isIn(context.apiVersion, member))
        .map((
          [name, member],
        ) => [name, values[name] ?? defaultOf(member, context)]),
    );
  return {
    type,
    id,
    attributes: fit(documented.attributes, attributes, attributeDefault),
    ...(Object.keys(documented.relationships).length > 0 && {
      relationships: fit(
        documented.relationships,
        isJsonObject(relationships) ? relationships : {},
        relationshipDefault,
      ),
    }),
  };
}

type Member = Exclude<DocumentedMember, string>;

function toMember(member: DocumentedMember): Member {
  return typeof member === "string" ? { type: member } : member;
}

function isIn(version: string, { since = "", until = version }: Member) {
  return since <= version && version <= until;
}

function attributeDefault(member: Member, context: SampleContext): JsonValue {
  const types = member.type.split("|");
  if (types.includes("null")) return null;
  switch (types[0]) {
    case "array":
      return [];
    case "boolean":
      return false;
    case "date-time":
      return context.secondsBefore(0);
    case "integer":
    case "number":
      return 0;
    case "object":
      return {};
    default:
      return member.values?.[0] ?? "example";
  }
}

function relationshipDefault(
  { type, values: [target = "object"] = [] }: Member,
  context: SampleContext,
): JsonValue {
  if (type === "array") return { data: [] };
  if (type.includes("null")) return { data: null };
  return { data: { type: target, id: context.id("obj") } };
}
