/**
 * Links of objects to reference, account and inquiry ids, part of the contract of every
 * store: see `store.ts`. They are made in the background from what is stored, so that
 * receiving never waits for them.
 *
 * A link is stored as a token, a keyed hash: the id itself stands nowhere but in the
 * payloads, and is gone with them.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { decodeHex } from "@std/encoding/hex";
import { type Link, linksOf } from "../persona/links.ts";

/** Turns a link into the token under which it is stored. */
export type LinkToken = (link: Link) => string;

/** The link token of a hold that was made with another key than the current one. */
export type OlderToken = readonly [linkKey: string, linkToken: string];

/** The state of the index of links. */
export interface LinkProgress {
  /** The key of its tokens, made at random with the store. */
  readonly key: Uint8Array;
  /** Events up to this one are in the index. */
  readonly linkedSeq: number;
  /** The last event that is stored. */
  readonly lastSeq: number;
  /** True if anything is, or was, on hold. */
  readonly hasHolds: boolean;
  /** Links of holds that were made with another key: objects that have them are held. */
  readonly olderTokens: readonly OlderToken[];
}

/** An event that is not in the index yet. */
export interface UnlinkedEvent {
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly createdAtMs: number | null;
  /** Empty if it was erased, or cannot be read. */
  readonly body: Uint8Array;
  /** True if what it names is unknown, as its body cannot be read. */
  readonly isUnreadable?: boolean;
}

/** The links of some events. */
export interface LinkBatch {
  /** Tokens, and objects that have them. */
  readonly links: readonly (readonly [token: string, objectId: string])[];
  /** Events up to this one are in the index from now on. */
  readonly throughSeq: number;
  /** Removes all that is in the index before: its tokens had another key. */
  readonly isFirst?: boolean;
}

/** Reads the index of links. The methods reject with a `StoreError`. */
export interface LinkReader {
  linkProgress(): Promise<LinkProgress>;
  /** Events after a position, in order of arrival, in the index or not. */
  unlinked(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly UnlinkedEvent[]>;
  /** The objects in the index that have one of the tokens. */
  linkedObjects(
    query: { readonly tokens: readonly string[]; readonly limit: number },
  ): Promise<readonly string[]>;
}

/** Returns the links of an event, and what has them: itself, unless it has an object. */
export function linksOfEvent(
  { id, objectId, body }: Pick<UnlinkedEvent, "id" | "objectId" | "body">,
): { readonly holder: string; readonly links: readonly Link[] } {
  const isLoose = objectId === null;
  return { holder: objectId ?? id, links: linksOf(body, { isLoose }) };
}

/** Half of SHA-256 tells all links of any store apart. */
const TOKEN_BYTES = 16;

/**
 * Creates tokens of a key.
 *
 * @param key A secret of the store.
 * @returns The function.
 */
export function createLinkToken(key: Uint8Array): LinkToken {
  return ({ kind, value }) =>
    createHmac("sha256", key).update(`${kind} ${value}`).digest()
      .subarray(0, TOKEN_BYTES).toString("base64url");
}

/**
 * Creates all tokens under which the index has a link.
 *
 * @returns The function.
 */
export function createLinkTokens(
  { key, olderTokens }: Pick<LinkProgress, "key" | "olderTokens">,
): (link: Link) => readonly string[] {
  const tokenOf = createLinkToken(key);
  const older = [...Map.groupBy(olderTokens, ([key]) => key)].map(
    ([key, held]) => ({
      tokenOf: createLinkToken(decodeHex(key)),
      held: new Set(held.map(([, token]) => token)),
    }),
  );
  return (link) => [
    tokenOf(link),
    ...older.map(({ tokenOf }) => tokenOf(link))
      .filter((token, i) => older[i]!.held.has(token)),
  ];
}
