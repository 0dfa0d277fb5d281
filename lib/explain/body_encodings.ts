/**
 * What encoding and decoding can do to a body between who signs it and who checks
 * it.
 *
 * @module
 */

import { decodeBase64 } from "@std/encoding/base64";
import { Buffer, isAscii, isUtf8 } from "node:buffer";
import type { Change } from "./change.ts";
import { latin1Text } from "./latin1_text.ts";

type Bytes = Uint8Array;

const windows1252 = new TextDecoder("windows-1252");
/** Its characters in the order of their bytes. */
const WINDOWS_1252 = windows1252.decode(
  Uint8Array.from({ length: 256 }, (_, byte) => byte),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The changes, the likelier ones first. */
export const BODY_ENCODINGS: readonly Change<Bytes>[] = [
  {
    code: "body-byte-order-mark",
    words: "fits the body without its byte-order mark",
    apply: (body) => hasMark(body) ? body.subarray(3) : null,
  },
  {
    code: "body-byte-order-mark",
    words: "fits the body with a byte-order mark before it",
    apply: (body) => hasMark(body) ? null : withMark(body),
  },
  {
    code: "body-utf16",
    words: "fits the body in UTF-8: it is in UTF-16",
    apply: fromUtf16,
  },
  {
    code: "body-latin1",
    words: "fits the body decoded as UTF-8 and encoded as Latin-1",
    apply: toLatin1,
  },
  {
    code: "body-latin1",
    words: "fits the body decoded as Latin-1 and encoded as UTF-8",
    apply: (body) => toUtf8(body, latin1Text),
  },
  {
    code: "body-latin1",
    words: "fits the body decoded as UTF-8 and encoded as Windows-1252",
    apply: toWindows1252,
  },
  {
    code: "body-latin1",
    words: "fits the body decoded as Windows-1252 and encoded as UTF-8",
    apply: (body) => toUtf8(body, (body) => windows1252.decode(body)),
  },
  {
    code: "body-not-utf8",
    words: "fits the body with U+FFFD where it is no UTF-8",
    apply: (body) => isUtf8(body) ? null : encoder.encode(decoder.decode(body)),
  },
  {
    code: "body-base64",
    words: "fits the body decoded from Base64",
    apply: fromBase64,
  },
  {
    code: "body-quoted",
    words: "fits the text inside the JSON string that the body is",
    apply: fromJsonString,
  },
  {
    code: "body-quoted",
    words: "fits the body encoded as a JSON string",
    apply: (body) =>
      isUtf8(body)
        ? encoder.encode(JSON.stringify(decoder.decode(body)))
        : null,
  },
];

function hasMark(body: Bytes): boolean {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
}

function withMark(body: Bytes): Bytes {
  const marked = new Uint8Array(3 + body.length);
  marked.set([0xef, 0xbb, 0xbf]);
  marked.set(body, 3);
  return marked;
}

/** With a byte-order mark, or by the zero beside an ASCII character. */
function fromUtf16(body: Bytes): Bytes | null {
  const [first, second] = body;
  const isLittle = first === 0xff && second === 0xfe || second === 0;
  const isBig = first === 0xfe && second === 0xff || first === 0;
  if (isLittle === isBig || body.length % 2 === 1) return null;
  const name = isLittle ? "utf-16le" : "utf-16be";
  return encoder.encode(new TextDecoder(name).decode(body));
}

/** Undoes what made `Ã©` of `é`; null where nothing can have been made so. */
function toLatin1(body: Bytes): Bytes | null {
  if (!isUtf8(body) || isAscii(body)) return null;
  const text = decoder.decode(body);
  return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, "latin1") : null;
}

function toWindows1252(body: Bytes): Bytes | null {
  if (!isUtf8(body) || isAscii(body)) return null;
  const text = decoder.decode(body);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = WINDOWS_1252.indexOf(text[i]!);
    if (byte === -1) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** What is ASCII is the same in both. */
function toUtf8(body: Bytes, decode: (body: Bytes) => string): Bytes | null {
  return isAscii(body) ? null : encoder.encode(decode(body));
}

function fromBase64(body: Bytes): Bytes | null {
  if (!isAscii(body)) return null;
  const text = decoder.decode(body).replace(/\s+/g, "");
  if (!/^[\w+/-]{2,}={0,2}$/.test(text)) return null;
  try {
    return decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
}

function fromJsonString(body: Bytes): Bytes | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(body));
    return typeof value === "string" ? encoder.encode(value) : null;
  } catch {
    return null;
  }
}
