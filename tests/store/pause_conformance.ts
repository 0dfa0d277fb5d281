import { assert, assertEquals } from "@std/assert";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";
import { OpenStore } from "../support/open_store.ts";

/** Registers what every adapter must do with paused destinations. */
export function testPauses(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("pauses() lists what setPause() paused, by name", async (open) => {
    const { store, reader, outboxes } = open;
    const list = async () => {
      const listed = await reader.pauses();
      assertEquals(await outboxes.pauses(), listed);
      return listed;
    };
    assertEquals(await list(), []);
    assert(await store.setPause("b", 2_000));
    assert(await store.setPause("a", 1_000));
    assert(await store.setPause("b", 9_000)); // It is paused already.
    assertEquals(await list(), [
      { destination: "a", sinceMs: 1_000 },
      { destination: "b", sinceMs: 2_000 },
    ]);
    assert(await store.setPause("b", null));
    assert(await store.setPause("c", null));
    assertEquals(await list(), [{ destination: "a", sinceMs: 1_000 }]);
  });

  if (!adapter.isKept) return;
  placeTests(adapter)("pauses outlive the process", async (place) => {
    const first = await place.open();
    assert(await first.setPause("é\"'", 1_000));
    await first.close();
    const open = new OpenStore(await place.open());
    const expected = [{ destination: "é\"'", sinceMs: 1_000 }];
    assertEquals(await open.reader.pauses(), expected);
    assertEquals(await open.outboxes.pauses(), expected);
    await open.close();
  });
}
