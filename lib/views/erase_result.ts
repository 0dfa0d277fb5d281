// What an erasure reaches, for the API and the command.

import { InboxError } from "../errors.ts";
import { counted } from "./counted.ts";

/** Objects on hold that are named. */
const NAMED_MAX = 20;

/** The target of an erasure: all that belongs to the person of an object, a reference or an account. */
export interface EraseTarget {
  readonly kind: "object" | "reference" | "account";
  readonly value: string;
}

/** An object that an erasure reaches. */
export interface EraseObject {
  readonly id: string;
  readonly type: string | null;
  /** Its events with a payload. */
  readonly events: number;
}

/** An object that is not erased, as it is on hold. */
export interface HeldObject {
  readonly id: string;
  /** Its events with a payload. */
  readonly events: number;
  readonly reason: string;
  /** When the hold ends by itself, ISO 8601; null if never. */
  readonly until: string | null;
}

/** The extent of an erasure. */
export interface EraseResult {
  readonly objects: readonly EraseObject[];
  readonly events: number;
  readonly held: readonly HeldObject[];
  /**
   * Ids of objects that name several inquiries, accounts or reference ids, which may be
   * other people's: these were not followed.
   */
  readonly notFollowed: readonly string[];
  /** Dispatches that will not be delivered, by destination. */
  readonly pending: Readonly<Record<string, number>>;
  /** Destinations that had received something. */
  readonly received: readonly string[];
}

/** As in `3 events of 2 objects, still pending: 1 to app`. */
export function eraseText(
  { objects, events, pending, held }: EraseResult,
): string {
  const left = Object.entries(pending).map(([name, n]) => `${n} to ${name}`);
  const extent = `${counted(events, "event")} of ${
    counted(objects.length, "object")
  }`;
  const kept = held.length === 0
    ? ""
    : `; ${counted(held.length, "object")} on hold`;
  return left.length === 0
    ? `${extent}${kept}`
    : `${extent}, not delivered yet: ${left.join(", ")}${kept}`;
}

/** Says which objects are not erased, and why: a line for each. */
export function keptLines({ held }: EraseResult): string[] {
  const lines = held.slice(0, NAMED_MAX).map(({ id, reason, until }) =>
    `${id} is on hold until ${until ?? "released"}: ${reason}`
  );
  const more = held.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

/**
 * Returns whether a command erases nothing, as something is on hold: what it would erase
 * cannot be undone, and may not be wanted then.
 *
 * @param options `exceptHeld` if the rest is to be erased.
 */
export function refusesHeld(
  { events, held }: EraseResult,
  { exceptHeld = false }: { readonly exceptHeld?: boolean },
): boolean {
  return held.length > 0 && (!exceptHeld || events === 0);
}

/** Returns the refusal of an erasure of what is on hold. */
export function heldBack(result: EraseResult): InboxError {
  const { events } = result;
  const rest = events === 0
    ? ""
    : `, or erase the other ${
      counted(events, "event")
    } alone: add --except-held, or exceptHeld in the API`;
  return new InboxError(
    `Cannot erase: ${keptLines(result).join("; ")}`,
    `Nothing was erased. Release what is on hold${rest}`,
  );
}
