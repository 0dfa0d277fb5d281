// The JSON Schema of `inbox.json`, for editors and checks before a deployment. It is made
// of what the settings and destinations are read by. JSON Schema cannot say that names
// must differ and variables be set: for that there is `doctor`.

import type { JsonObject, JsonValue } from "../json/json.ts";
import { HEADER_NAME, HEADERS_MAX } from "./destination_headers.ts";
import {
  DESTINATION_DEFAULTS,
  type Member,
  MEMBERS,
  modulePath,
} from "./destination_members.ts";
import { TARGETS } from "./destinations_config.ts";
import { RETENTION_SCHEMA } from "./retention_rules.ts";
import { type Setting, SETTINGS } from "./settings.ts";

const VARIABLE = { $ref: "#/definitions/variable" };

/**
 * Creates the schema.
 *
 * @param options Whether an executable reads the file, which takes no TypeScript modules.
 * @returns JSON Schema, draft 7, which editors know best.
 */
export function inboxSchema(
  { isStandalone }: { isStandalone: boolean },
): JsonObject {
  const properties: JsonObject = { $schema: { type: "string" } };
  for (const setting of Object.values(SETTINGS)) {
    properties[setting.key] = settingSchema(setting);
  }
  properties.destinations = {
    type: "array",
    items: destinationSchema(isStandalone),
    description: "where events go",
  };
  properties.retention = RETENTION_SCHEMA;
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Settings of persona-inbox",
    type: "object",
    properties,
    additionalProperties: false,
    allowTrailingCommas: true, // For VS Code.
    definitions: {
      variable: {
        type: "string",
        pattern: "^\\$\\w+$",
        description: "the value of a variable of the environment or of .env",
      },
      payload: payloadSchema(),
    },
  };
}

function settingSchema(setting: Setting<unknown>): JsonObject {
  const { env, help, isNumeric, isPlural, isSecret, parse } = setting;
  const text: JsonObject = { type: "string" };
  const one = parse.schema ?? text;
  const choices: JsonValue[] = [one];
  // As in the environment, a number may be text.
  if (isNumeric) {
    choices.push({ type: "string", pattern: "^\\s*\\d{1,15}\\s*$" });
  }
  if (one.type !== "string" || one.pattern !== undefined) {
    choices.push(VARIABLE);
  }
  if (isPlural) choices.push({ type: "array", items: text, minItems: 1 });
  const fallback = setting.fallback("serve");
  const isShown = ["string", "number"].includes(typeof fallback);
  return {
    description: `${help} (${env})${isSecret ? '; better as "$NAME"' : ""}`,
    ...(isShown && { default: fallback as JsonValue }),
    ...(choices.length > 1 ? { anyOf: choices } : one),
  };
}

function destinationSchema(isStandalone: boolean): JsonObject {
  const properties: JsonObject = {
    module: memberSchema(modulePath(isStandalone)),
    headers: {
      type: "object",
      description: "more headers; $NAME in a value is a variable",
      propertyNames: { pattern: HEADER_NAME.source },
      additionalProperties: { type: "string" },
      maxProperties: HEADERS_MAX,
    },
    filter: {
      allOf: [{ $ref: "#/definitions/payload" }, { type: "object" }],
      description: "what the payload must contain",
    },
  };
  for (const [name, member] of Object.entries(MEMBERS)) {
    properties[name] = memberSchema(member);
  }
  for (const [name, fallback] of Object.entries(DESTINATION_DEFAULTS)) {
    const property = properties[name];
    properties[name] = { ...Object(property), default: fallback };
  }
  return {
    type: "object",
    required: ["name"],
    oneOf: TARGETS.map((target) => ({ required: [target] })),
    dependencies: { secret: ["url"], headers: ["url"] },
    properties,
    additionalProperties: false,
  };
}

function memberSchema(member: Member<unknown>): JsonObject {
  const { kind: description, schema } = member;
  if (schema === undefined) return { type: "string", description };
  const { items } = schema;
  return items === undefined
    ? { description, anyOf: [schema, VARIABLE] }
    : { description, ...schema, items: { anyOf: [items, VARIABLE] } };
}

/** A part of a payload as a filter has it: `$or` alone in its object, and no other operator. */
function payloadSchema(): JsonObject {
  const payload = { $ref: "#/definitions/payload" };
  return {
    anyOf: [
      { type: ["string", "number", "boolean", "null"] },
      { type: "array", items: payload },
      {
        type: "object",
        propertyNames: { pattern: "^[^$]|^$" },
        additionalProperties: payload,
      },
      {
        type: "object",
        required: ["$or"],
        properties: { $or: { type: "array", items: payload, minItems: 1 } },
        additionalProperties: false,
      },
    ],
  };
}
