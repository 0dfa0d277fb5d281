// The kept part of a response or output: short text that every store can hold.

import { OUTPUT_BYTES_MAX } from "./destination.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const scratch = new Uint8Array(OUTPUT_BYTES_MAX);

/**
 * Keeps the beginning of a text.
 *
 * @returns As many whole characters as {@linkcode OUTPUT_BYTES_MAX} bytes hold.
 */
export function headOf(text: string): string {
  // A character of the text takes a byte at least.
  const head = storable(text.slice(0, OUTPUT_BYTES_MAX + 1));
  const { read } = encoder.encodeInto(head, scratch);
  return head.slice(0, read);
}

/**
 * Keeps the beginning of bytes, as text.
 *
 * @param bytes UTF-8; what is not is replaced.
 * @returns As many whole characters as {@linkcode OUTPUT_BYTES_MAX} bytes hold.
 */
export function decodeHead(bytes: Uint8Array): string {
  // A partial character at the cut is dropped: in stream mode the decoder waits for the rest.
  const stream = bytes.length > OUTPUT_BYTES_MAX;
  const head = bytes.subarray(0, OUTPUT_BYTES_MAX);
  return headOf(new TextDecoder().decode(head, { stream }));
}

/**
 * Keeps the end of bytes, as text.
 *
 * @param bytes UTF-8; what is not is replaced.
 * @returns As many whole characters as {@linkcode OUTPUT_BYTES_MAX} bytes hold.
 */
export function decodeTail(bytes: Uint8Array): string {
  const text = storable(decoder.decode(tailOf(bytes)));
  // Once more, as what stands for an invalid byte is longer.
  return decoder.decode(tailOf(encoder.encode(text)));
}

/** Drops a partial character at the start. */
function tailOf(bytes: Uint8Array): Uint8Array {
  const start = bytes.length - OUTPUT_BYTES_MAX;
  if (start <= 0) return bytes;
  const continued = bytes.subarray(start, start + 3);
  const whole = continued.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.subarray(start + (whole === -1 ? 3 : whole));
}

/** PostgreSQL holds no NUL, and UTF-8 no half of a surrogate pair. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
