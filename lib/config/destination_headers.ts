// The `headers` of a destination: what a gateway or the application asks for beside
// what the inbox sends itself.

import { isJsonObject, type JsonValue } from "../json/json.ts";

/** The most headers of a destination. */
export const HEADERS_MAX = 64;

/** A name (RFC 9110, 5.6.2). */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** A value: no control characters, and nothing that would need another encoding. */
const VALUE = /^[\t -~\u00a0-\u00ff]*$/;

/** `$NAME`, or `$$`, which stands for one dollar sign. */
const VARIABLE = /\$(\$|[A-Za-z_]\w*)/g;

/** Headers that the inbox sets itself. */
const OWN =
  /^(?:content-(?:encoding|length|type)|host|idempotency-key|persona-(?:signature|inbox-.*|webhook-.*)|user-agent)$/;

/** Headers about a single connection (RFC 9110, 7.6.1), which belong to the client. */
const HOP_BY_HOP =
  /^(?:connection|expect|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

/** The surroundings that headers are read in. */
export interface HeaderSources {
  /** Reads a variable; undefined if it is not set, which is a fault told elsewhere. */
  readonly variable: (name: string) => string | undefined;
  /** Called with a header's name, or `""` for all; `must` completes "Cannot use … as". */
  readonly onFault: (name: string, must: string) => void;
}

/**
 * Reads the headers of a destination. Values are secrets: no fault shows one.
 *
 * @returns The headers by name in lower case, each `$NAME` in them replaced.
 */
export function readHeaders(
  value: JsonValue,
  { variable, onFault }: HeaderSources,
): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  if (!isJsonObject(value)) {
    onFault("", "it must be an object of texts by header name");
    return headers;
  }
  const entries = Object.entries(value);
  if (entries.length > HEADERS_MAX) {
    onFault("", `it must have at most ${HEADERS_MAX} headers`);
  }
  for (const [name, text] of entries) {
    const key = name.toLowerCase();
    const fault = nameFault(key) ??
      (Object.hasOwn(headers, key) ? "it must be there once" : undefined);
    if (fault !== undefined) onFault(name, fault);
    else if (typeof text !== "string") onFault(name, "it must be a text");
    else {
      const expanded = text.replace(
        VARIABLE,
        (_, part: string) => part === "$" ? "$" : variable(part) ?? "",
      ).trim();
      if (!VALUE.test(expanded)) {
        onFault(
          name,
          "its value must be Latin-1 text without control characters",
        );
      }
      headers[key] = expanded;
    }
  }
  return headers;
}

function nameFault(name: string): string | undefined {
  if (!HEADER_NAME.test(name)) return "its name must be a valid header name";
  if (OWN.test(name)) return "the inbox sets this header itself";
  return HOP_BY_HOP.test(name)
    ? "it is about a single connection: remove it"
    : undefined;
}
