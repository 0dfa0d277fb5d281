import type { DocumentedMember } from "../persona/documented_object.ts";
import { DOCUMENTED_OBJECTS } from "../persona/generated/documented_objects.ts";
import { inflectKeys } from "../persona/inflection.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import type { SampleContext } from "./context.ts";
import type { SampleResource } from "./resource.ts";

/** An object has these, unless its sample says otherwise. */
const OWNERS: ReadonlySet<string> = new Set(["account", "inquiry"]);

/**
 * Returns a resource with exactly the attributes and relationships that its API
 * version documents.
 *
 * @param resource The resource with the values that matter.
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
  ): JsonObject => {
    const result: JsonObject = {};
    for (const [name, documentedMember] of Object.entries(members)) {
      const member = toMember(documentedMember);
      if (!isIn(context.apiVersion, member)) continue;
      result[name] = values[name] ?? unixTime(result, name) ??
        defaultOf(member, context);
    }
    return result;
  };
  return {
    type,
    id,
    attributes: inflectFields(
      type,
      fit(
        documented.attributes,
        { ...commonAttributes(context), ...attributes },
        attributeDefault,
      ),
      context,
    ),
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

/** Attributes that mean the same in every object. */
function commonAttributes(context: SampleContext): JsonObject {
  return {
    "reference-id": context.referenceId,
    "redacted-at": context.redactedAt,
    tags: context.isRedacted ? [] : ["SAMPLE"],
  };
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
      return context.now;
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
  if (type.includes("null") && !OWNERS.has(target)) return { data: null };
  return { data: { type: target, id: context.id(target) } };
}

/**
 * Inflects the names of fields where Persona did: of cases, inquiries and transactions
 * before 2025-10-27 (Persona docs: API changelog).
 */
function inflectFields(
  type: string,
  attributes: JsonObject,
  { apiVersion, inflection }: SampleContext,
): JsonObject {
  const { fields } = attributes;
  const isInflected = apiVersion < "2025-10-27" &&
    ["case", "inquiry", "transaction"].includes(type);
  if (!isInflected || !isJsonObject(fields)) return attributes;
  return { ...attributes, fields: inflectKeys(fields, inflection) };
}

/** Returns the value of `created-at-ts` by `created-at`, and so on. */
function unixTime(values: JsonObject, name: string): number | null {
  const time = name.endsWith("-ts") ? values[name.slice(0, -3)] : null;
  return typeof time === "string" ? Math.floor(Date.parse(time) / 1000) : null;
}
