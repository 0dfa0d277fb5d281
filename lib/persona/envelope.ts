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
  const found: Found = {};
  if (!isUtf8(body) || !isJson(body, found)) {
    return { ok: false, reason: "not-json" };
  }
  const { type, id, attributes: { name, createdAt, payload } = {} } =
    found.data ?? {};
  if (type !== "event" || !isIdentifier(id) || !isIdentifier(name)) {
    return { ok: false, reason: "not-an-event" };
  }
  const createdAtMs = parseTimestamp(createdAt)?.getTime() ?? null;
  const objectType = payload?.data?.type;
  const objectId = payload?.data?.id;
  const hasObject = isIdentifier(objectType) && isIdentifier(objectId);
  return {
    ok: true,
    envelope: {
      id,
      name,
      createdAtMs,
      objectType: hasObject ? objectType : null,
      objectId: hasObject ? objectId : null,
    },
  };
}

/** The members found in an object: texts, and objects with members of their own. */
interface Found {
  type?: string | undefined;
  id?: string | undefined;
  name?: string | undefined;
  createdAt?: string | undefined;
  data?: Found;
  attributes?: Found;
  payload?: Found;
}

/** A member to find by its name, in UTF-8. */
type Wanted =
  | {
    readonly name: Uint8Array;
    readonly key: "type" | "id" | "name" | "createdAt";
    readonly members: null;
  }
  | {
    readonly name: Uint8Array;
    readonly key: "data" | "attributes" | "payload";
    readonly members: readonly Wanted[];
  };

const OBJECT = [text("type"), text("id")];
const ATTRIBUTES = [
  text("name"),
  text("createdAt", "created-at"),
  text("createdAt"),
  text("createdAt", "created_at"),
  object("payload", [object("data", OBJECT)]),
];
const BODY = [
  object("data", [text("type"), text("id"), object("attributes", ATTRIBUTES)]),
];

function text(
  key: Extract<Wanted, { members: null }>["key"],
  name: string = key,
): Wanted {
  return { name: new TextEncoder().encode(name), key, members: null };
}

function object(
  key: Exclude<Wanted, { members: null }>["key"],
  members: readonly Wanted[],
): Wanted {
  return { name: new TextEncoder().encode(key), key, members };
}

function isJson(body: Uint8Array, found: Found): boolean {
  try {
    const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb &&
      body[2] === 0xbf;
    const start = hasByteOrderMark ? 3 : 0;
    return skipSpace(body, read(body, start, BODY, found)) === body.length;
  } catch {
    return false;
  }
}

/** Reads an object; of a member that comes twice the last one counts. */
function read(
  bytes: Uint8Array,
  at: number,
  members: readonly Wanted[],
  found: Found,
): number {
  return skipMembers(bytes, at, (nameAt, at) => {
    const member = memberAt(bytes, nameAt, members);
    if (!member) return skipValue(bytes, at);
    if (member.members) {
      return read(bytes, at, member.members, found[member.key] = {});
    }
    found[member.key] = readText(bytes, at);
    return skipValue(bytes, at);
  });
}

/** Without a function made for each name, as `find()` would need. */
function memberAt(
  bytes: Uint8Array,
  nameAt: number,
  members: readonly Wanted[],
): Wanted | undefined {
  for (const member of members) {
    if (isText(bytes, nameAt, member.name)) return member;
  }
  return undefined;
}
