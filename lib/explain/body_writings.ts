/**
 * What editors, shells, git and JSON libraries do to a body between who signs it and
 * who checks it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { skipSpace, skipValue } from "../persona/json_scan.ts";
import { type Change, changed, type Variant } from "./change.ts";
import { jsonWritings } from "./json_writings.ts";
import { latin1Text } from "./latin1_text.ts";
import type { Work } from "./work.ts";

type Bytes = Uint8Array;

/** How much longer all changes of bytes take than to hash them. */
const CHANGES_COST = 8;

/** The changes of bytes, the likelier ones first. */
const CHANGES: readonly Change<Bytes>[] = [
  {
    code: "body-line-break",
    words: "fits the body without the line break at its end",
    apply: (body) => replaced(body, /\r?\n$/, ""),
  },
  {
    code: "body-line-break",
    words: "fits the body with a line break (\\n) at its end",
    apply: (body) => replaced(body, /$/, "\n"),
  },
  {
    code: "body-line-break",
    words: "fits the body with a line break (\\r\\n) at its end",
    apply: (body) => replaced(body, /$/, "\r\n"),
  },
  {
    code: "body-line-ends",
    words: "fits the body with its line ends \\r\\n as \\n",
    apply: (body) => replaced(body, /\r\n/g, "\n"),
  },
  {
    code: "body-line-ends",
    words: "fits the body with its line ends \\n as \\r\\n",
    apply: (body) => replaced(body, /(?<!\r)\n/g, "\r\n"),
  },
  {
    code: "body-white-space",
    words: "fits the body without the white space around it",
    apply: trimmed,
  },
  {
    code: "body-continued",
    words: "fits the first JSON value of the body, without what follows it",
    apply: firstValue,
  },
];

/**
 * Writes a body in other ways.
 *
 * @param body The body.
 * @param work What may be done.
 * @returns A variant for each way that gives other bytes, the likelier ones first.
 */
export function* bodyWritings(
  body: Bytes,
  work: Work,
): Generator<Variant<Bytes>> {
  if (!work.spend(body.length, CHANGES_COST)) return;
  yield* changed(body, CHANGES);
  yield* jsonWritings(body, work);
}

/** Changes bytes, whatever they encode, as far as they are ASCII. */
function replaced(body: Bytes, pattern: RegExp, by: string): Bytes | null {
  const text = latin1Text(body);
  const other = text.replace(pattern, by);
  return other === text ? null : Buffer.from(other, "latin1");
}

const SPACES: readonly number[] = [0x09, 0x0a, 0x0d, 0x20];

function trimmed(body: Bytes): Bytes | null {
  const start = skipSpace(body, 0);
  let end = body.length;
  while (end > start && SPACES.includes(body[end - 1]!)) end--;
  return end - start < body.length ? body.subarray(start, end) : null;
}

function firstValue(body: Bytes): Bytes | null {
  try {
    const end = skipValue(body, 0);
    const isAll = skipSpace(body, end) === body.length;
    return isAll ? null : body.subarray(0, end);
  } catch {
    return null;
  }
}
