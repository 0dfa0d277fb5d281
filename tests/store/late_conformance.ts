import { assert, assertEquals } from "@std/assert";
import type { Hold } from "../../lib/store/holds.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";
import { erase } from "./erase_conformance.ts";

const BEFORE_MS = 1_755_000_000_000;
const OLDER = { createdAtMs: BEFORE_MS, receivedAtMs: BEFORE_MS + 2 };
const LATER = { ...OLDER, receivedAtMs: BEFORE_MS + 3 };
const NEWER = { ...OLDER, createdAtMs: BEFORE_MS + 1 };

/** Registers what every adapter must do with events that come after an erasure. */
export function testLateEvents(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("what was created before an erasure and comes after it is a tombstone, and dispatched to nobody", async (open) => {
    await open.accept(delivery("evt_1", OLDER), ["a"]);
    await open.accept(delivery("evt_alone", { objectId: null }), ["a"]);
    const eventIds = ["evt_alone", "evt_to_come"];
    await erase(open, { eventIds, beforeMs: BEFORE_MS });
    const late = delivery("evt_2", { ...OLDER, headers: "{}" });
    await open.accept(late, ["a", "b"]);
    const { row, body, contentType, headers } = await open.get("evt_2");
    assertEquals([row.objectId, row.createdAtMs], ["inq_1", BEFORE_MS]);
    assertEquals([body.length, contentType, headers], [0, null, null]);
    assertEquals(await open.statusesOf("evt_2"), "erased: a erased, b erased");
    // One that is not known by its object.
    const alone = delivery("evt_to_come", { ...OLDER, objectId: null });
    await open.accept(alone, ["a"]);
    assertEquals(await open.statusesOf("evt_to_come"), "erased: a erased");
    assertEquals(await open.pendingCounts(), {});
    const seq = row.seq;
    await open.store.requeue({ keys: [{ seq, destination: "a" }], dueAtMs: 1 });
    assertEquals(await open.pendingCounts(), {});
    const duplicate = { ok: true, duplicate: true } as const;
    assertEquals(await open.store.accept(late), duplicate);
    const other = { ...late, body: new TextEncoder().encode("{}") };
    assertEquals(await open.store.accept(other), {
      ...duplicate,
      differs: true,
    });
  });

  test("what was created after an erasure, is of another object, undated, or tells of a redaction is kept", async (open) => {
    await open.accept(delivery("evt_1", OLDER));
    await erase(open, { beforeMs: BEFORE_MS });
    for (
      const [id, changes] of [
        ["evt_2", NEWER],
        ["evt_3", { ...OLDER, objectId: "inq_2" }],
        ["evt_4", { createdAtMs: null }],
        ["evt_5", { ...OLDER, name: "inquiry.redacted" }],
        ["evt_6", { ...OLDER, objectId: null }],
      ] as const
    ) {
      const one = delivery(id, changes);
      await open.accept(one, ["a"]);
      assertEquals((await open.get(id)).body, one.body);
      assertEquals(await open.statusesOf(id), "pending: a pending");
    }
    assertEquals(await open.pendingCounts(), { a: 5 });
  });

  test("what is on hold, or kept by a rule, is kept though it was erased before it came", async (open) => {
    await open.accept(delivery("evt_1", OLDER));
    const objectIds = ["inq_1", "inq_2"];
    await erase(open, { objectIds, beforeMs: BEFORE_MS });
    await open.accept(delivery("evt_2", { ...OLDER, isKept: true }), ["a"]);
    const hold: Hold = {
      kind: "object",
      token: "inq_1",
      linkToken: null,
      ofToken: null,
      linkKey: null,
      reason: "r",
      byWhom: "b",
      atMs: 1,
      untilMs: LATER.receivedAtMs,
    };
    assert(await open.store.setHolds([hold]));
    await open.accept(delivery("evt_3", OLDER), ["a"]);
    await open.accept(delivery("evt_4", LATER), ["a"]);
    const byLink = { token: "t", linkToken: "t", untilMs: null } as const;
    const kind = "reference";
    assert(await open.store.setHolds([{ ...hold, ...byLink, kind }]));
    await open.accept(delivery("evt_5", LATER), ["a"]);
    assert(await open.store.link({ links: [["t", "inq_1"]], throughSeq: 0 }));
    await open.accept(delivery("evt_6", LATER), ["a"]);
    await open.accept(
      delivery("evt_7", {
        ...LATER,
        objectId: "inq_2",
        linkTokens: () => ["u", "t"],
      }),
      ["a"],
    );
    const statuses = ["evt_2", "evt_3", "evt_4", "evt_5", "evt_6", "evt_7"].map(
      (id) => open.statusesOf(id),
    );
    assertEquals(
      (await Promise.all(statuses)).map((one) => one.split(":")[0]),
      ["pending", "pending", "erased", "erased", "pending", "pending"],
    );
  });

  test("an erasure whose clock was ahead takes nothing that comes before its time", async (open) => {
    await open.accept(delivery("evt_1", OLDER));
    const dayMs = 86_400_000;
    await erase(open, { beforeMs: BEFORE_MS + dayMs });
    for (
      const [id, receivedAtMs, status] of [
        ["evt_2", BEFORE_MS + 1_000, "pending"],
        ["evt_3", BEFORE_MS + dayMs + 1_000, "erased"],
      ] as const
    ) {
      await open.accept(delivery(id, { ...OLDER, receivedAtMs }), ["a"]);
      assertEquals(await open.statusesOf(id), `${status}: a ${status}`);
    }
  });

  if (!adapter.isKept) return;
  placeTests(adapter)(
    "an erasure holds for late events over restarts, the last one by created-at",
    async (place) => {
      for (const beforeMs of [BEFORE_MS, BEFORE_MS - 9]) {
        const open = new OpenStore(await place.open());
        await erase(open, { beforeMs });
        await open.close();
      }
      const open = new OpenStore(await place.open());
      await open.accept(delivery("evt_1", OLDER), ["a"]);
      await open.accept(delivery("evt_2", NEWER), ["a"]);
      assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
      assertEquals(await open.statusesOf("evt_2"), "pending: a pending");
      await open.close();
    },
  );

  if (!adapter.isShared) return;
  placeTests(adapter)(
    "an erasure by one process holds for what others store at that moment",
    async (place) => {
      const [a, b] = [
        new OpenStore(await place.open()),
        new OpenStore(await place.open()),
      ];
      await b.accept(delivery("evt_first", NEWER));
      const ids = Array.from({ length: 120 }, (_, i) => `evt_${i}`);
      let stored = 0;
      const storing = ids.map(async (id, i) => {
        await new Promise((resolve) => setTimeout(resolve, i));
        const when = i % 2 === 0 ? OLDER : NEWER;
        const { ok } = await b.store.accept(delivery(id, when), ["a"]);
        if (ok) stored++;
      });
      await erase(a, { throughSeq: 0, beforeMs: BEFORE_MS });
      await Promise.all(storing);
      assertEquals(stored, ids.length);
      for (const [i, id] of ids.entries()) {
        const status = i % 2 === 0 ? "erased" : "pending";
        assertEquals(await b.statusesOf(id), `${status}: a ${status}`);
      }
      await a.close();
      await b.close();
    },
  );
}
