import type { Delivery } from "../../lib/store/store.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A delivery that is fit to be stored, changed where it matters. */
export function delivery(
  id: string,
  changes: Partial<Delivery> = {},
): Delivery {
  return {
    id,
    name: "inquiry.approved",
    createdAtMs: 1_750_000_000_123,
    objectType: "inquiry",
    objectId: "inq_1",
    receivedAtMs: 1_750_000_000_456,
    secretFingerprint: "0123abcd",
    contentType: "application/json",
    attemptsMade: 1,
    attemptsLeft: 7,
    firstAttemptedAtMs: 1_750_000_000_000,
    body: new TextEncoder().encode(`{"data":{"id":"${id}"}}`),
    ...changes,
  };
}

/** Deliveries with ids of their own, `evt_000000` and on. */
export function deliveries(count: number, start = 0): Delivery[] {
  return Array.from({ length: count }, (_, i) => delivery(idOf(start + i)));
}

/** The id of the n-th of {@linkcode deliveries}. */
export function idOf(n: number): string {
  return `evt_${String(n).padStart(6, "0")}`;
}

/** A delivery that no STRICT table takes. */
export function unstorable(id: string): Delivery {
  return delivery(id, { attemptsMade: 1.5 });
}

/** Bytes that no compression and no text encoding keeps by luck. */
export function randomBytes(
  length: number,
  random: SeededRandom,
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => random.below(256));
}
