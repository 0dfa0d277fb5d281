import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Delivery } from "../../lib/store/store.ts";
import { findLinked } from "../../lib/store/find_linked.ts";
import { createLinkToken } from "../../lib/store/links.ts";
import { delivery } from "../support/deliveries.ts";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";

const REFERENCE = { kind: "reference", value: "user-7" } as const;

/** Registers what every adapter must do with links of objects. */
export function testLinks(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("unlinked() returns events after a position with their bodies", async (open) => {
    for (const [i, objectId] of ["inq_1", null, "inq_2"].entries()) {
      await open.accept(naming(`evt_${i}`, { objectId }));
    }
    const page = await open.reader.unlinked({ afterSeq: 1, limit: 5 });
    assertEquals(
      page,
      [null, "inq_2"].map((objectId, i) => ({
        seq: i + 2,
        id: `evt_${i + 1}`,
        name: "inquiry.approved",
        objectType: "inquiry",
        objectId,
        createdAtMs: 1_750_000_000_123,
        body: naming(`evt_${i + 1}`).body,
      })),
    );
    const first = await open.reader.unlinked({ afterSeq: 0, limit: 1 });
    assertEquals(first.map(({ seq }) => seq), [1]);
  });

  test("link() adds each link once and never moves backward", async (open) => {
    await open.accept(delivery("evt_1"));
    await open.accept(delivery("evt_2"));
    const links = [["t2", "inq_1"], ["t1", "inq_2"], ["t1", "inq_1"]] as const;
    assert(await open.store.link({ links, throughSeq: 2 }));
    assert(await open.store.link({ links, throughSeq: 1 }));
    const { linkedSeq, lastSeq, key } = await open.reader.linkProgress();
    assertEquals([linkedSeq, lastSeq, key.length], [2, 2, 32]);
    const find = (tokens: string[], limit = 9) =>
      open.reader.linkedObjects({ tokens, limit });
    assertEquals(await find(["t1"]), ["inq_1", "inq_2"]);
    assertEquals(await find(["t2", "t1"]), ["inq_1", "inq_2"]);
    assertEquals(await find(["t1"], 1), ["inq_1"]);
    assertEquals(await find(["T1", ""]), []);
  });

  test("link() can begin the index anew, with another key", async (open) => {
    await open.accept(delivery("evt_1"));
    const before = await open.reader.linkProgress();
    const links = [["t1", "inq_1"]] as const;
    assert(await open.store.link({ links, throughSeq: 1 }));
    const first = { links: [], throughSeq: 0, isFirst: true };
    assert(await open.store.link(first));
    const { linkedSeq, key } = await open.reader.linkProgress();
    assertEquals(linkedSeq, 0);
    assertEquals(
      await open.reader.linkedObjects({ tokens: ["t1"], limit: 9 }),
      [],
    );
    // Around the store, there may be another key.
    assertEquals(key.length, before.key.length);
    assert(await open.store.link({ links, throughSeq: 1 }));
    assertEquals((await open.reader.linkProgress()).linkedSeq, 1);
  });

  test("findLinked() finds objects in the index and not yet in it", async (open) => {
    await open.accept(naming("evt_1", { objectId: "inq_1" }));
    const { key } = await open.reader.linkProgress();
    const link = [createLinkToken(key)(REFERENCE), "inq_1"] as const;
    assert(await open.store.link({ links: [link], throughSeq: 1 }));
    await open.accept(naming("evt_2", { objectId: "inq_2" }));
    await open.accept(delivery("evt_3", { objectId: "inq_3" }));
    await open.accept(naming("evt_4", { objectId: null }));
    const found = await findLinked([REFERENCE], open.reader);
    // An event without an object stands for itself.
    const objectIds = ["inq_1", "inq_2", "evt_4"];
    assertEquals(found, { objectIds, unsearched: 0, unreadable: [] });
    const other = { kind: "account", value: REFERENCE.value } as const;
    assertEquals((await findLinked([other], open.reader)).objectIds, []);
  });

  test("list() filters by several objects", async (open) => {
    for (const [i, objectId] of ["inq_1", null, "inq_2", "inq_3"].entries()) {
      await open.accept(delivery(`evt_${i}`, { objectId }));
    }
    const objectIds = ["inq_3", "inq_1", "none"];
    const rows = await open.reader.list({ objectIds, limit: 9 });
    assertEquals(rows.map(({ id }) => id), ["evt_3", "evt_0"]);
    assertEquals(await open.reader.list({ objectIds: [], limit: 9 }), []);
  });

  placeTests(adapter)("every store has a key of its own", async (place) => {
    await using other = await adapter.place();
    const keys = [];
    for (const store of [await place.open(), await other.open()]) {
      const reader = store.openReader();
      keys.push((await reader.linkProgress()).key);
      reader.close();
      await store.close();
    }
    assertNotEquals(keys[0], keys[1]);
  });
}

/** A delivery whose payload names the reference. */
function naming(id: string, changes: Partial<Delivery> = {}): Delivery {
  const body = { data: { id, attributes: { "reference-id": "user-7" } } };
  return delivery(id, {
    body: new TextEncoder().encode(JSON.stringify(body)),
    ...changes,
  });
}
