// Links of an object to its person: the ids that its payloads name beside its own.

import { isIdentifier } from "./identifier.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";

/** A kind of id that several objects of one person share. */
export type LinkKind = "reference" | "account" | "inquiry";

/** An id that a payload names. */
export interface Link {
  readonly kind: LinkKind;
  /** Such as `act_…`, or a reference id, which is text of the customer's own. */
  readonly value: string;
}

/** More are a list of other people's, such as the tags of a workflow. */
const LINKS_MAX = 256;

/** The id of an inquiry or an account, wherever it is. */
const ANY_ID = /"((inq|act)_\w{1,200})"/g;

/** `reference-id` in any inflection. */
const REFERENCE_KEY = /^reference[-_]?id$/i;

/** Options of {@linkcode linksOf}. */
export interface LinksOptions {
  /** Takes any text that is the id of an inquiry or an account for a link. */
  readonly isLoose?: boolean;
}

/**
 * Finds the links in the body of an event: every `reference-id`, and every account and
 * inquiry that it holds or relates to.
 *
 * @param body The raw body.
 * @param options `isLoose` for a body that is no event's.
 * @returns Each link once, 256 at most; none if the body is not JSON. Never throws.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const body = new TextEncoder().encode('{"reference-id":"user-7"}');
 * assertEquals(linksOf(body), [{ kind: "reference", value: "user-7" }]);
 * ```
 */
export function linksOf(
  body: Uint8Array,
  { isLoose = false }: LinksOptions = {},
): readonly Link[] {
  const text = new TextDecoder().decode(body);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const links = new Map<string, Link>();
  if (isLoose) {
    for (const [, id = "", prefix] of text.matchAll(ANY_ID)) {
      const kind = prefix === "inq" ? "inquiry" : "account";
      if (links.size < LINKS_MAX) {
        links.set(`${kind} ${id}`, { kind, value: id });
      }
    }
  }
  // Not by recursion: a body may be nested deeper than the stack is.
  const left = [value];
  for (
    let next = left.pop();
    next !== undefined && links.size < LINKS_MAX;
    next = left.pop()
  ) {
    if (isJsonObject(next)) addLinks(next, links, left);
    else if (Array.isArray(next)) {
      for (const inner of next) if (isNested(inner)) left.push(inner);
    }
  }
  return [...links.values()];
}

/** Adds the links that an object has, and what is nested in it to what is left. */
function addLinks(
  object: JsonObject,
  links: Map<string, Link>,
  left: JsonValue[],
): void {
  const add = (kind: LinkKind, value: string) =>
    links.set(`${kind} ${value}`, { kind, value });
  const { type, id } = object;
  if ((type === "account" || type === "inquiry") && isIdentifier(id)) {
    add(type, id);
  }
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (isNested(value)) left.push(value);
    else if (isReference(key) && isIdentifier(value)) add("reference", value);
  }
}

function isReference(key: string): boolean {
  // Few keys are as long: that is known without a look at their letters.
  return (key.length === 11 || key.length === 12) && REFERENCE_KEY.test(key);
}

function isNested(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null;
}
