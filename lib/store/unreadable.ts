// Stored payloads that cannot be read, and why.

/**
 * - `changed`: the stored bytes are not those that were written, or not in their place.
 * - `no-key`: the key is not in the key store, or no key of the settings opens it.
 * - `erased`: the key was destroyed.
 */
export type UnreadableReason = "changed" | "no-key" | "erased";

const TEXTS: Readonly<Record<UnreadableReason, string>> = {
  changed: "was changed or moved since it was written",
  "no-key": "is sealed by a key that is missing",
  erased: "was erased",
};

/** Says what became of a stored body. */
export function unreadableText(
  eventId: string,
  reason: UnreadableReason,
): string {
  return `the stored body of ${eventId} ${TEXTS[reason]}`;
}
