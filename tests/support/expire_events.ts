import { assert } from "@std/assert";
import type { Expiry, KeptEvent } from "../../lib/store/retention.ts";
import type { Store } from "../../lib/store/store.ts";

const CHUNK = 1_000;

/** A chunk that nobody records, and that leaves no time to others. */
export function expiryOf(
  events: readonly KeptEvent[],
  rest: Partial<Expiry> = {},
): Expiry {
  return {
    events,
    erasedAtMs: 7,
    record: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    ...rest,
  };
}

/** Erases events of a store as retention does, without giving their space back. */
export async function expireEvents(
  store: Store,
  isDue: (event: KeptEvent) => boolean = () => true,
): Promise<void> {
  const reader = store.openReader();
  try {
    let kept: readonly KeptEvent[] = [];
    do {
      const afterSeq = kept.at(-1)?.seq ?? 0;
      kept = await reader.kept({ afterSeq, limit: CHUNK });
      const events = kept.filter(isDue);
      const erased = await store.expire(expiryOf(events));
      assert(erased?.length === events.length);
    } while (kept.length > 0);
  } finally {
    reader.close();
  }
}
