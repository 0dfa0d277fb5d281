// The headers of a delivery as it was received, for people who look for what a proxy
// changed on the way.

/** A header; its value is null where it may be a credential. */
export type ReceivedHeader = readonly [name: string, value: string | null];

/** Headers whose values are Persona's or harmless. */
const SHOWN = /^(?:persona-.*|content-type|user-agent)$/;

/** The digests of a signature say something about the body. */
const DIGEST = /(v1=[0-9a-f]{8})[0-9a-f]+/gi;

const HEADERS_MAX = 64;
const LENGTH_MAX = 256;

/** The part of a header's JSON that follows from its name. */
interface NamePart {
  readonly isShown: boolean;
  /** All of it, or all before the value. */
  readonly json: string;
}

/** The parts of names seen before: a sender repeats them with each delivery. */
const knownNames = new Map<string, NamePart>();

const KNOWN_NAMES_MAX = 256;

/**
 * Writes headers as JSON, the values of all but Persona's, the content type and the user
 * agent left out.
 *
 * @param headers The headers of a delivery, names in lower case.
 * @returns A list of {@linkcode ReceivedHeader}.
 */
export function writeReceivedHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
): string {
  // To make a list of them for `JSON.stringify` takes five times as long.
  let text = "";
  let count = 0;
  for (const [name, value] of headers) {
    if (count++ === HEADERS_MAX) break;
    if (text !== "") text += ",";
    const { isShown, json } = knownNames.get(name) ?? readName(name);
    text += isShown ? `${json}${valueJson(name, value)}]` : json;
  }
  return `[${text}]`;
}

function readName(name: string): NamePart {
  const isShown = SHOWN.test(name);
  const nameJson = JSON.stringify(name.slice(0, LENGTH_MAX));
  const json = isShown ? `[${nameJson},` : `[${nameJson},null]`;
  const part = { isShown, json };
  if (knownNames.size < KNOWN_NAMES_MAX) knownNames.set(name, part);
  return part;
}

function valueJson(name: string, value: string): string {
  const shown = name === "persona-signature"
    ? value.replace(DIGEST, "$1…")
    : value;
  return JSON.stringify(shown.slice(0, LENGTH_MAX));
}

/**
 * Reads what {@linkcode writeReceivedHeaders} wrote.
 *
 * @param text The JSON; null if there is none.
 * @returns The headers; null if they are not known, or were changed since.
 */
export function readReceivedHeaders(
  text: string | null,
): readonly ReceivedHeader[] | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isHeader) ? value : null;
  } catch {
    return null;
  }
}

function isHeader(value: unknown): value is ReceivedHeader {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [name, text] = value;
  return typeof name === "string" &&
    (text === null || typeof text === "string");
}
