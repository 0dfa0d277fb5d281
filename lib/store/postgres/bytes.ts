/** Copies bytes of the driver's, which may be a part of a larger buffer. */
export function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array();
}
