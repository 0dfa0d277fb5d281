// What belongs to what is on hold: an inquiry or an account that is held holds in its turn
// all that names it.

import { encodeHex } from "@std/encoding/hex";
import type { Link } from "../persona/links.ts";
import type { EventReader } from "./event_reader.ts";
import { findLinked } from "./find_linked.ts";
import { type Hold, ownLink } from "./holds.ts";
import { createLinkToken, type LinkReader } from "./links.ts";

/** More links belong to no person. */
const PARTS_MAX = 1_000;

/** Where parts of holds are looked for. */
export interface HeldPartsOptions {
  readonly reader: LinkReader;
  /** The key of the tokens, as in {@linkcode Hold.linkKey}. */
  readonly linkKey: string | null;
}

/**
 * Finds the parts of a hold.
 *
 * @param hold The hold, or a part of it.
 * @param links The links that put objects on hold.
 * @returns A part for each inquiry and account that has one of them, or of the others.
 * @throws {StoreError} If the store cannot be read.
 */
export async function heldParts(
  hold: Hold,
  links: readonly Link[],
  { reader, linkKey }: HeldPartsOptions,
): Promise<readonly Hold[]> {
  const tokenOf = createLinkToken((await reader.linkProgress()).key);
  const ofToken = hold.ofToken ?? hold.token;
  const parts = new Map<string, Hold>();
  let found = links;
  while (found.length > 0 && parts.size < PARTS_MAX) {
    const { objectIds } = await findLinked(found, reader);
    found = objectIds.flatMap((id) => ownLink(id) ?? []).filter((link) => {
      const linkToken = tokenOf(link);
      if (linkToken === hold.linkToken || parts.has(linkToken)) return false;
      const token = partToken(ofToken, linkToken);
      parts.set(linkToken, { ...hold, token, ofToken, linkToken, linkKey });
      return true;
    });
  }
  return [...parts.values()];
}

/** Returns the key of tokens, in hexadecimal digits; null if it is not the store's own. */
export async function storedKeyOf(
  reader: Pick<EventReader, "linkProgress" | "keyStoreId">,
): Promise<string | null> {
  if (await reader.keyStoreId() !== null) return null;
  return encodeHex((await reader.linkProgress()).key);
}

/** What identifies a part of a hold. */
export function partToken(ofToken: string, linkToken: string): string {
  return `${ofToken}/${linkToken}`;
}
