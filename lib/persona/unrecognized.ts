// The identity of signed JSON that is no event: stored like one, so that nothing is
// lost, under an id made of its bytes, so that each is stored once.

import { encodeHex } from "@std/encoding/hex";

/** The name of what is no event. An event may bear it, too. */
export const UNRECOGNIZED = "unrecognized";

/** Ids made by older versions end in a UUID. */
const ID =
  /^unrecognized_(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * Creates the id of a body that is no event.
 *
 * @returns `unrecognized_` and the first half of its SHA-256 in hex.
 */
export async function unrecognizedId(
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", body);
  return `${UNRECOGNIZED}_${encodeHex(hash).slice(0, 32)}`;
}

/**
 * Returns whether what is stored is no event.
 *
 * @param stored Its id and its name, which an event may bear, too.
 */
export function isUnrecognized(
  { id, name }: { readonly id: string; readonly name: string },
): boolean {
  return name === UNRECOGNIZED && ID.test(id);
}
