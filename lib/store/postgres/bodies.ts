// Bodies on their way to a statement: the driver has no arrays of bytes, and text costs
// the server half of what base64 does.

import { isUtf8 } from "node:buffer";

/** Stands between bodies; no JSON has it. */
const SEPARATOR = "\x1f";
/** Stands before a body in base64. */
const BASE64 = "\x1e";

/** Characters that are signs here, or that no text of PostgreSQL can hold. */
const UNFIT = new RegExp(`[\\0${BASE64}${SEPARATOR}]`);

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Bodies of parameter 2 as `b.body`, numbered from 1 by `b.n`. In a query of its own the
 * planner does not copy the parameter again and again.
 */
export const BODIES = `(
  SELECT n, CASE WHEN starts_with(t, e'\\x1e')
    THEN decode(substr(t, 2), 'base64') ELSE convert_to(t, 'UTF8') END AS body
  FROM unnest(string_to_array((SELECT $2), e'\\x1f')) WITH ORDINALITY AS t(t, n)) AS b`;

/** The parameter for {@linkcode BODIES}. */
export function bodiesParameter(bodies: readonly Uint8Array[]): string {
  // An empty string would be an array without elements.
  return bodies.map((body) => textOf(body) + SEPARATOR).join("");
}

function textOf(body: Uint8Array): string {
  if (isUtf8(body)) {
    const text = DECODER.decode(body);
    if (!UNFIT.test(text)) return text;
  }
  return BASE64 + body.toBase64();
}
