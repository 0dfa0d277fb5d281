// What an erasure reaches, for the API and the command.

import { counted } from "./counted.ts";

/** What to erase: all that belongs to the person of an object, a reference or an account. */
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

/** The extent of an erasure. */
export interface EraseResult {
  readonly objects: readonly EraseObject[];
  readonly events: number;
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
export function eraseText({ objects, events, pending }: EraseResult): string {
  const left = Object.entries(pending).map(([name, n]) => `${n} to ${name}`);
  const extent = `${counted(events, "event")} of ${
    counted(objects.length, "object")
  }`;
  return left.length === 0
    ? extent
    : `${extent}, not delivered yet: ${left.join(", ")}`;
}
