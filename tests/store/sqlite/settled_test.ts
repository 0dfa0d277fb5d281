import { assert, assertEquals } from "@std/assert";
import type { Store } from "../../../lib/store/store.ts";
import { OpenStore } from "../../support/open_store.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import {
  openSettlingStore,
  type SettlingStore,
} from "../../support/settling_store.ts";
import { StoreModel } from "../../support/store_model.ts";
import { workAtRandom } from "../../support/work_at_random.ts";

/** A store after some work, its ids moved as said. */
async function worked(store: SettlingStore) {
  const open = new OpenStore(store);
  const model = new StoreModel();
  await workAtRandom(open, model, new SeededRandom(7), 300);
  return { open, model };
}

Deno.test("load() detects staleness from the index alone", async () => {
  const store = openSettlingStore(() => 1_000);
  const { open, model } = await worked(store);
  assertEquals(store.settledSeq, model.seqs.at(-1));
  await assertStaleness(store, model);
  await open.close();
});

Deno.test("load() detects staleness before events are indexed", async () => {
  const store = openSettlingStore(() => 0);
  const { open, model } = await worked(store);
  assertEquals(store.settledSeq, 0);
  await assertStaleness(store, model);
  await open.close();
});

/** By outboxes that were not there when it was delivered. */
async function assertStaleness(
  store: Store,
  model: StoreModel,
): Promise<void> {
  const later = new OpenStore(store);
  let stale = 0;
  for (const { event, ...key } of model.dispatches("pending")) {
    const { isStale } = await later.load(key);
    assertEquals(isStale, model.isStale(key), event.id);
    if (isStale) stale++;
  }
  assert(stale > 5, `only ${stale} were stale`);
}
