/**
 * Bytes as text, a character for each: the way to change bytes by patterns.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Decodes Latin-1 proper, where `TextDecoder` means Windows-1252 by that name. */
export function latin1Text(
  { buffer, byteOffset, length }: Uint8Array,
): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
