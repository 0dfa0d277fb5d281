import { assert, assertEquals } from "@std/assert";
import { OpenStore } from "../../support/open_store.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import {
  openSettlingStore,
  type SettlingStore,
} from "../../support/settling_store.ts";
import { StoreModel } from "../../support/store_model.ts";
import { workAtRandom } from "../../support/work_at_random.ts";

const DESTINATIONS = ["a", "b", "c"];

/** A store after some work, its ids moved as said. */
async function worked(store: SettlingStore) {
  const open = new OpenStore(store);
  const model = new StoreModel();
  await workAtRandom(open, model, new SeededRandom(7), 300);
  return { open, model };
}

Deno.test("load() alone knows all that has settled", async () => {
  const store = openSettlingStore(() => 1_000);
  const { open, model } = await worked(store);
  assertEquals(store.settledSeq, model.seqs.at(-1));
  for (const destination of DESTINATIONS) {
    assertEquals(await open.dispatches.recentlyDelivered(destination), []);
  }
  let stale = 0;
  for (const { event, ...key } of model.dispatches("pending")) {
    const orderMs = event.createdAtMs ?? event.receivedAtMs;
    const loaded = await open.dispatches.load(key, orderMs);
    assertEquals(loaded?.isStale, model.isStale(key), event.id);
    if (loaded?.isStale) stale++;
  }
  assert(stale > 5, `only ${stale} were stale`);
  await open.close();
});

Deno.test("recentlyDelivered() lists all that is done and has not settled", async () => {
  const store = openSettlingStore(() => 0);
  const { open, model } = await worked(store);
  assertEquals(store.settledSeq, 0);
  for (const destination of DESTINATIONS) {
    const done = model.dispatches("done").filter((one) =>
      one.destination === destination && one.event.objectId !== null
    );
    assert(done.length > 5, `only ${done.length} are done`);
    assertEquals(
      await open.dispatches.recentlyDelivered(destination),
      done.sort((one, other) => one.seq - other.seq).map(({ seq, event }) => ({
        objectId: event.objectId!,
        orderMs: event.createdAtMs ?? event.receivedAtMs,
        seq,
      })),
    );
  }
  await open.close();
});
