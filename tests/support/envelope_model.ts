import type { EnvelopeResult } from "../../lib/persona/envelope.ts";
import { isIdentifier } from "../../lib/persona/identifier.ts";
import { parseTimestamp } from "../../lib/persona/timestamp.ts";

const CREATED_AT = ["created-at", "createdAt", "created_at"];

/** What `readEnvelope()` must say, worked out the plain way, by `JSON.parse`. */
export function modelEnvelope(body: Uint8Array): EnvelopeResult {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return { ok: false, reason: "not-json" };
  }
  const data = member(root, "data");
  const attributes = member(data, "attributes");
  const object = member(member(attributes, "payload"), "data");
  const [id, name] = [member(data, "id"), member(attributes, "name")];
  if (
    member(data, "type") !== "event" || !isIdentifier(id) || !isIdentifier(name)
  ) return { ok: false, reason: "not-an-event" };
  const [type, objectId] = [member(object, "type"), member(object, "id")];
  const isObject = isIdentifier(type) && isIdentifier(objectId);
  return {
    ok: true,
    envelope: {
      id,
      name,
      createdAtMs: parseTimestamp(createdAt(attributes))?.getTime() ?? null,
      objectType: isObject ? type : null,
      objectId: isObject ? objectId : null,
    },
  };
}

/** Whether two spellings stand side by side: which one counts is left open. */
export function isAmbiguous(text: string): boolean {
  return CREATED_AT.filter((key) => text.includes(key)).length > 1;
}

function createdAt(attributes: unknown): unknown {
  return CREATED_AT.map((key) => member(attributes, key))
    .find((value) => value !== undefined);
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return undefined;
  }
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}
