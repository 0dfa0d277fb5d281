// Stored payloads that cannot be read, and why.

import type { StoreFault } from "./store_fault.ts";

/**
 * - `changed`: the stored bytes are not those that were written, or not in their place.
 * - `no-key`: the key is not in the key store, or no key of the settings opens it.
 * - `erased`: nothing of it is stored any more.
 * - `key-destroyed`: an erasure destroyed the key, as of a part of an older copy.
 * - `lost`: its row is gone.
 */
export type UnreadableReason =
  | "changed"
  | "no-key"
  | "erased"
  | "key-destroyed"
  | "lost";

const TEXTS: Readonly<Record<UnreadableReason, string>> = {
  changed: "was changed or moved since it was written",
  "no-key": "is sealed by a key that is missing",
  erased: "was erased",
  "key-destroyed": "is sealed by a data key that an erasure destroyed",
  lost: "is gone",
};

/** Says what became of a stored body. */
export function unreadableText(
  eventId: string,
  reason: UnreadableReason,
): string {
  return `the stored body of ${eventId} ${TEXTS[reason]}`;
}

/** The first event of which the body is lost, and how many there are: not erased ones. */
export const LOST_BODIES = `
  SELECT count(*) AS count, min(id) AS id FROM $schema.events e
  WHERE erased_at_ms IS NULL
    AND NOT EXISTS (SELECT 1 FROM $schema.bodies b WHERE b.seq = e.seq)`;

/** Warns of bodies that are lost, if there are. */
export function lostBodies(
  row: { readonly count?: unknown; readonly id?: unknown } | undefined,
): readonly StoreFault[] {
  const count = Number(row?.count ?? 0);
  if (count === 0) return [];
  const others = count === 1 ? "" : ` and of ${count - 1} others`;
  return [{
    message: `the body of ${row?.id}${others} is gone`,
    hint:
      "Something else removed it from the database: restore a backup, or have Persona send it again",
  }];
}
