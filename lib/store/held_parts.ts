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

/** The place where parts of holds are looked for. */
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
  const parts = new Map<string, Hold>();
  let found = links;
  while (found.length > 0 && parts.size < PARTS_MAX) {
    const { objectIds } = await findLinked(found, reader);
    found = objectIds.flatMap((id) => ownLink(id) ?? []).filter((link) => {
      const linkToken = tokenOf(link);
      if (linkToken === hold.linkToken || parts.has(linkToken)) return false;
      parts.set(linkToken, partOf(hold, { linkToken, linkKey }));
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

/** Returns what identifies a hold, of which it may be a part. */
export function idOfHold({ token, ofToken }: Hold): string {
  return ofToken ?? token;
}

/** Returns the part of a hold that holds what has a link. */
export function partOf(
  hold: Hold,
  { linkToken, linkKey }: { linkToken: string; linkKey: string | null },
): Hold {
  const ofToken = idOfHold(hold);
  const token = `${ofToken}/${linkToken}`;
  return { ...hold, token, ofToken, linkToken, linkKey };
}
