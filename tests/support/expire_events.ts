import { assert } from "@std/assert";
import type { KeptEvent } from "../../lib/store/retention.ts";
import type { Store } from "../../lib/store/store.ts";

const CHUNK = 1_000;

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
      assert(await store.expire({ events, erasedAtMs: 7 }));
      assert(await store.saveRetention({ state: "{}", done: events }));
    } while (kept.length > 0);
  } finally {
    reader.close();
  }
}
