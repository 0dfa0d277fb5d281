// The form of what is sealed: a mark, the id of the data key, then nonce, ciphertext
// and tag. What is in the clear is JSON and never begins with the mark.

import { decodeHex, encodeHex } from "@std/encoding/hex";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { AEAD_BYTES } from "./aead.ts";

const MARK = 1;

/** The prefix of sealed bytes where only a text can be stored. */
const TEXT_MARK = "\u0001sealed:";

const KEY_ID_BYTES = 8;
/** The bytes of the mark and the id of the data key. */
export const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** The bytes that sealing adds. */
export const SEAL_BYTES = HEADER_BYTES + AEAD_BYTES;

/** Sealed bytes, and the id of the key that sealed them. */
export interface SealedParts {
  readonly keyId: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** Returns whether bytes are sealed. */
export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === MARK;
}

/** Writes the header before sealed bytes, which have room for it. */
export function writeHeader(bytes: Uint8Array, keyId: string): void {
  bytes[0] = MARK;
  bytes.set(decodeHex(keyId), 1);
}

/** Returns the parts; undefined if the bytes are in the clear. */
export function readSealed(
  bytes: Uint8Array<ArrayBuffer>,
): SealedParts | undefined {
  if (!isSealed(bytes)) return undefined;
  return {
    keyId: encodeHex(bytes.subarray(1, HEADER_BYTES)),
    sealed: bytes.subarray(HEADER_BYTES),
  };
}

/** Writes sealed bytes as a text. */
export function sealedToText(packed: Uint8Array): string {
  return `${TEXT_MARK}${encodeBase64(packed)}`;
}

/** Returns the sealed bytes of a text; undefined if it is in the clear. */
export function sealedFromText(
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (!text.startsWith(TEXT_MARK)) return undefined;
  try {
    return decodeBase64(text.slice(TEXT_MARK.length));
  } catch {
    return new Uint8Array([MARK]); // Changed: it opens by no key.
  }
}
