// The envelope of a delivery: the few fields that storing and ordering need, read
// in one pass over the bytes that also checks that the whole text is JSON.

import { isUtf8 } from "node:buffer";
import { isIdentifier } from "./identifier.ts";
import {
  isText,
  readText,
  skipMembers,
  skipSpace,
  skipValue,
} from "../json/json_scan.ts";
import { parseTimestamp } from "./timestamp.ts";

/** The fields of an event that identify it, its object and its time. */
export interface Envelope {
  /** `data.id`: the same in every copy of the event. */
  readonly id: string;
  /** `data.attributes.name`. */
  readonly name: string;
  /** `data.attributes.created-at`; null when absent or unreadable. */
  readonly createdAtMs: number | null;
  /** `payload.data.type`; null when the event is about no object. */
  readonly objectType: string | null;
  /** `payload.data.id`; null when the event is about no object. */
  readonly objectId: string | null;
}

/** An envelope, or the reason why there is none. */
export type EnvelopeResult =
  | { readonly ok: true; readonly envelope: Envelope }
  | { readonly ok: false; readonly reason: "not-json" | "not-an-event" };

/**
 * Reads the envelope of a delivery in any inflection. Bytes that are not UTF-8 are
 * not JSON (RFC 8259); a leading byte-order mark is skipped; of duplicate keys the
 * last one counts, as in `JSON.parse`.
 *
 * @returns The envelope, or the reason why there is none; never throws.
 */
export function readEnvelope(body: Uint8Array): EnvelopeResult {
  const fields: Fields = {};
  if (!isUtf8(body) || !readFields(body, fields)) {
    return { ok: false, reason: "not-json" };
  }
  const { type, id, name, objectType, objectId } = fields;
  if (type !== "event" || !isIdentifier(id) || !isIdentifier(name)) {
    return { ok: false, reason: "not-an-event" };
  }
  const object = isIdentifier(objectType) && isIdentifier(objectId)
    ? { objectType, objectId }
    : { objectType: null, objectId: null };
  const createdAtMs = parseTimestamp(fields.createdAt)?.getTime() ?? null;
  return { ok: true, envelope: { id, name, createdAtMs, ...object } };
}

type Field = "type" | "id" | "name" | "createdAt" | "objectType" | "objectId";
type Fields = { [field in Field]?: string | undefined };

/** The members to enter, and those to keep with the field that they fill. */
type Shape = readonly (readonly [name: Uint8Array, wanted: Field | Shape])[];

const OBJECT = shape({ type: "objectType", id: "objectId" });
const ATTRIBUTES = shape({
  name: "name",
  "created-at": "createdAt",
  createdAt: "createdAt",
  created_at: "createdAt",
  payload: shape({ data: OBJECT }),
});
const BODY = shape({
  data: shape({ type: "type", id: "id", attributes: ATTRIBUTES }),
});

function shape(members: Record<string, Field | Shape>): Shape {
  return Object.entries(members).map(([name, wanted]) => [
    new TextEncoder().encode(name),
    wanted,
  ]);
}

/** Returns whether the body is JSON. */
function readFields(body: Uint8Array, fields: Fields): boolean {
  try {
    const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb &&
      body[2] === 0xbf;
    const end = readShape(body, hasByteOrderMark ? 3 : 0, BODY, fields);
    return skipSpace(body, end) === body.length;
  } catch {
    return false;
  }
}

function readShape(
  bytes: Uint8Array,
  at: number,
  shape: Shape,
  fields: Fields,
): number {
  clear(shape, fields);
  return skipMembers(bytes, at, (nameAt, at) => {
    const [, wanted] = shape.find(([name]) => isText(bytes, nameAt, name)) ??
      [];
    if (wanted === undefined) return skipValue(bytes, at);
    if (typeof wanted !== "string") {
      return readShape(bytes, at, wanted, fields);
    }
    fields[wanted] = readText(bytes, at);
    return skipValue(bytes, at);
  });
}

/** Clears the fields of a shape: a duplicate key replaces all of the first one. */
function clear(shape: Shape, fields: Fields): void {
  for (const [, wanted] of shape) {
    if (typeof wanted === "string") fields[wanted] = undefined;
    else clear(wanted, fields);
  }
}
