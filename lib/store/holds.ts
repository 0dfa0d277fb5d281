/**
 * Holds, part of the contract of every store: see `store.ts`. What is on hold is not
 * erased by anything.
 *
 * - **By id or by link.** An object is on hold if its id is held, or a link of it, now or
 *   later. So a hold on a reference holds all that names it, and one on an inquiry or an
 *   account what belongs to that. An inquiry or an account that is held so holds what
 *   belongs to it in its turn, by a part of the hold that `heldParts()` finds.
 * - **Never beside an erasure.** {@linkcode Store.erase} looks for holds in the
 *   transaction that erases: a hold that is durable keeps what is there.
 * - **Over all keys.** A reference stands here as a token only, like all links. Its hold
 *   continues when the store gets another key for its links.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { Link } from "../persona/links.ts";
import { createLinkToken, type LinkProgress } from "./links.ts";

/** A hold on an object, or on all objects that name a reference. */
export interface Hold {
  readonly kind: "object" | "reference";
  /** Identifies the hold: the object's id, or the link token of the reference. */
  readonly token: string;
  /** The hold of which this is a part, and with which it ends; null if it is whole. */
  readonly ofToken: string | null;
  /** The token of the link that puts objects on hold; null if none does. */
  readonly linkToken: string | null;
  /** The key of that token, in hexadecimal digits; null if it is not the store's own. */
  readonly linkKey: string | null;
  /** Why, in the words of who holds it. */
  readonly reason: string;
  readonly byWhom: string;
  readonly atMs: number;
  /** When it ends by itself; null if never. */
  readonly untilMs: number | null;
}

/** An erasure that waits until nothing holds its object any more. */
export interface DeferredErasure {
  readonly objectId: string;
  /** Events of the object that arrived later stay. */
  readonly throughSeq: number;
  /** The event that told of it. */
  readonly eventId: string;
  /** When a rule of retention does not keep it any more; absent if none does. */
  readonly notBeforeMs?: number;
}

/** Which objects are asked about. */
export interface HeldQuery {
  readonly objectIds: readonly string[];
  readonly nowMs: number;
}

/** The reading side of holds. Its methods reject with a `StoreError`. */
export interface HoldReader {
  /** Lists the holds that have not ended, latest first. */
  holds(nowMs: number): Promise<readonly Hold[]>;
  /** Lists the holds that have not ended of links, by their tokens. */
  holdsOfLinks(
    query: { readonly tokens: readonly string[]; readonly nowMs: number },
  ): Promise<readonly Hold[]>;
  /**
   * Returns the holds of objects, of those only that are on hold. Links that are not in
   * the index yet are not known.
   */
  heldOf(query: HeldQuery): Promise<ReadonlyMap<string, readonly Hold[]>>;
  /** Erasures that nothing holds any more, at most `limit`. */
  dueErasures(
    query: { readonly nowMs: number; readonly limit: number },
  ): Promise<readonly DeferredErasure[]>;
}

/** The identity of a hold that is to be made. */
export type HoldTarget = Pick<
  Hold,
  "kind" | "token" | "ofToken" | "linkToken" | "linkKey"
>;

/**
 * Returns the identity of a hold.
 *
 * @param target An object's id, or a reference.
 * @param progress The current key of links.
 * @param isKeyStored False if that key is not the store's own.
 */
export function holdTarget(
  { kind, value }: { readonly kind: Hold["kind"]; readonly value: string },
  { key }: Pick<LinkProgress, "key">,
  isKeyStored: boolean,
): HoldTarget {
  const link = kind === "reference" ? { kind, value } : ownLink(value);
  if (!link) {
    return {
      kind,
      token: value,
      ofToken: null,
      linkToken: null,
      linkKey: null,
    };
  }
  const linkToken = createLinkToken(key)(link);
  return {
    kind,
    token: kind === "reference" ? linkToken : value,
    ofToken: null,
    linkToken,
    linkKey: isKeyStored ? encodeHex(key) : null,
  };
}

/** The link by which others name an object. */
export function ownLink(value: string): Link | undefined {
  if (value.startsWith("inq_")) return { kind: "inquiry", value };
  if (value.startsWith("act_")) return { kind: "account", value };
  return undefined;
}
