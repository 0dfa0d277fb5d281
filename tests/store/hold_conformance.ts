import { assert, assertEquals } from "@std/assert";
import { type Hold, holdTarget } from "../../lib/store/holds.ts";
import { createLinkTokens } from "../../lib/store/links.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";

const NOW_MS = 1_760_000_000_000;

/** Holds that are made while objects are erased. */
const RACES = 25;

/** Registers what every adapter must do with what is on hold. */
export function testHolds(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("holds() lists holds until they end, latest first", async (open) => {
    const one = hold("inq_1", { atMs: 1, untilMs: 500 });
    const two = hold("inq_2", { atMs: 2, reason: "é\"'\n" });
    for (const each of [one, two]) assert(await open.store.setHolds([each]));
    assertEquals(await open.reader.holds(499), [two, one]);
    assertEquals(await open.reader.holds(500), [two]);
    const longer = { ...one, atMs: 3, untilMs: null, byWhom: "bob" };
    assert(await open.store.setHolds([longer]));
    assertEquals(await open.reader.holds(500), [longer, two]);
    for (const token of ["inq_1", "none"]) {
      assert(await open.store.removeHold(token));
    }
    assertEquals(await open.reader.holds(0), [two]);
  });

  test("heldOf() knows objects by their ids and by their links", async (open) => {
    const byId = hold("inq_1");
    const byLink = hold("t", {
      kind: "reference",
      linkToken: "t",
      atMs: NOW_MS + 9,
    });
    for (const each of [byId, byLink]) {
      assert(await open.store.setHolds([each]));
    }
    assertEquals(await heldIds(open), ["inq_1"]);
    const links = [["t", "inq_1"], ["t", "inq_2"], ["u", "inq_3"]] as const;
    assert(await open.store.link({ links, throughSeq: 0 }));
    assertEquals(await heldIds(open), ["inq_1", "inq_2"]);
    const query = { objectIds: ["inq_1", "inq_2"], nowMs: NOW_MS };
    const held = await open.reader.heldOf(query);
    assertEquals(
      held,
      new Map([["inq_1", [byId, byLink]], ["inq_2", [byLink]]]),
    );
    assert(await open.store.setHolds([{ ...byLink, untilMs: NOW_MS }]));
    assertEquals(await heldIds(open), ["inq_1"]);
    assert(await open.store.removeHold("inq_1"));
    assertEquals(await heldIds(open), []);
  });

  test("setHolds() replaces a hold with its parts, and removeHold() ends them", async (open) => {
    const whole = hold("t", { kind: "reference", linkToken: "t" });
    const part = (linkToken: string) => ({
      ...whole,
      token: `t/${linkToken}`,
      ofToken: "t",
      linkToken,
    });
    const links = [["t", "inq_1"], ["u", "inq_2"], ["v", "inq_3"]] as const;
    assert(await open.store.link({ links, throughSeq: 0 }));
    assert(await open.store.setHolds([whole, part("u")]));
    assertEquals(await heldIds(open), ["inq_1", "inq_2"]);
    assert(await open.store.setHolds([part("v")]));
    assertEquals(await heldIds(open), ["inq_1", "inq_2", "inq_3"]);
    assert(await open.store.setHolds([{ ...whole, atMs: 5 }, part("v")]));
    assertEquals(await heldIds(open), ["inq_1", "inq_3"]);
    assert(await open.store.removeHold("t"));
    assertEquals(await heldIds(open), []);
    assertEquals(await open.reader.holds(NOW_MS), []);
  });

  test("erase() leaves what is on hold, until that ends", async (open) => {
    await open.accept(delivery("evt_1", { objectId: "inq_1" }), ["a"]);
    await open.accept(delivery("evt_2", { objectId: "inq_2" }), ["a"]);
    const links = [["t", "inq_1"]] as const;
    const untilMs = NOW_MS + 1;
    const holds = [
      hold("inq_1", { untilMs }),
      hold("t", { kind: "reference", linkToken: "t", untilMs }),
    ];
    for (const one of holds) {
      assert(await open.store.setHolds([one]));
      assertEquals(await erase(open, { links }), "held");
      assertEquals(await open.statusesOf("evt_1"), "pending: a pending");
      assertEquals(await open.statusesOf("evt_2"), "pending: a pending");
      assert(await open.store.removeHold(one.token));
    }
    const indexed = hold("t", { kind: "reference", linkToken: "t", untilMs });
    assert(await open.store.setHolds([indexed]));
    assert(await open.store.link({ links, throughSeq: 1 }));
    assertEquals(await erase(open), "held");
    assertEquals((await open.get("evt_1")).body, delivery("evt_1").body);
    assertEquals(await erase(open, { erasedAtMs: untilMs }), "erased");
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
  });

  test("dueErasures() lists what waited and is no longer on hold", async (open) => {
    const due = async (nowMs = NOW_MS, limit = 9) =>
      (await open.reader.dueErasures({ nowMs, limit }))
        .map(({ objectId, throughSeq }) => `${objectId} ${throughSeq}`);
    const eventId = "evt_9";
    const defer = (...list: [string, number][]) =>
      open.store.deferErasures(
        list.map(([objectId, throughSeq]) => ({
          objectId,
          throughSeq,
          eventId,
        })),
      );
    assert(await open.store.setHolds([hold("inq_1", { untilMs: NOW_MS + 5 })]));
    const byLink = hold("t", { kind: "reference", linkToken: "t" });
    assert(await open.store.setHolds([byLink]));
    const links = [["t", "inq_2"]] as const;
    assert(await open.store.link({ links, throughSeq: 0 }));
    assert(await defer(["inq_1", 4], ["inq_2", 5], ["inq_3", 6]));
    assert(await defer(["inq_1", 3], ["inq_2", 7]));
    assertEquals(await due(), ["inq_3 6"]);
    assertEquals(await due(NOW_MS + 5), ["inq_1 4", "inq_3 6"]);
    assert(await open.store.removeHold("t"));
    assertEquals(await due(), ["inq_2 7", "inq_3 6"]);
    assertEquals(await due(NOW_MS, 1), ["inq_2 7"]);
    await erase(open, { objectIds: ["inq_2", "inq_3"], throughSeq: 6 });
    assertEquals(await due(), ["inq_2 7"]);
    await erase(open, { objectIds: ["inq_2"], throughSeq: 7 });
    assertEquals(await due(), []);
  });

  test("a hold on a reference goes on when links get another key", async (open) => {
    const reference = { kind: "reference", value: "user-7" } as const;
    const before = await open.reader.linkProgress();
    const target = holdTarget(reference, before, true);
    assert(await open.store.setHolds([{ ...hold("t"), ...target }]));
    assertEquals(before.olderTokens, []);
    const links = [[target.token, "inq_1"], ["other", "inq_1"]] as const;
    assert(await open.store.link({ links, throughSeq: 0 }));
    const first = { links: [], throughSeq: 0, isFirst: true };
    assert(await open.store.link(first));
    assertEquals(await heldIds(open), ["inq_1"]);
    const query = { tokens: ["other"], limit: 9 };
    assertEquals(await open.reader.linkedObjects(query), []);
    // What is linked from now on is found by both keys.
    const tokensOf = createLinkTokens(await open.reader.linkProgress());
    assertEquals(tokensOf(reference).slice(1), [target.token]);
    assertEquals(tokensOf({ ...reference, value: "other" }).length, 1);
    const later = tokensOf(reference).map((token) => [token, "inq_2"] as const);
    assert(await open.store.link({ links: later, throughSeq: 0 }));
    assertEquals(await heldIds(open), ["inq_1", "inq_2"]);
  });

  placeTests(adapter)(
    "what is there when a hold is durable stays",
    async (place) => {
      const store = await place.open();
      const first = new OpenStore(store);
      const second = adapter.isShared
        ? new OpenStore(await place.open())
        : first;
      const outcomes = new Set<string>();
      for (let i = 0; i < RACES; i++) {
        const objectId = `inq_${i}`;
        const id = `evt_${i}`;
        await first.accept(delivery(id, { objectId }));
        const erasing = erase(second, { objectIds: [objectId] });
        // Sooner or later, so that they meet.
        for (let turn = 0; turn < (i % 6) * 8; turn++) {
          await first.reader.holds(0);
        }
        assert(await first.store.setHolds([hold(objectId)]));
        const { row: { status } } = await first.get(id);
        const outcome = await erasing;
        outcomes.add(outcome);
        const after = await first.get(id);
        assertEquals(after.row.status, status, `${objectId}: ${outcome}`);
        assertEquals(outcome === "erased", after.row.status === "erased");
      }
      assert(outcomes.has("erased"), [...outcomes].join());
      if (second !== first) await second.close();
      await first.close();
    },
  );

  if (!adapter.isKept) return;
  placeTests(adapter)("holds outlive the process", async (place) => {
    const one = hold("inq_1", { untilMs: NOW_MS + 1 });
    const waiting = { objectId: "inq_2", throughSeq: 3, eventId: "evt_1" };
    const first = await place.open();
    assert(await first.setHolds([one]));
    assert(await first.deferErasures([waiting]));
    await first.close();
    const open = new OpenStore(await place.open());
    assertEquals(await open.reader.holds(NOW_MS), [one]);
    const query = { nowMs: NOW_MS, limit: 9 };
    assertEquals(await open.reader.dueErasures(query), [waiting]);
    await open.close();
  });
}

function hold(token: string, changes: Partial<Hold> = {}): Hold {
  return {
    kind: "object",
    token,
    ofToken: null,
    linkToken: null,
    linkKey: null,
    reason: "the regulator asked for it",
    byWhom: "alice",
    atMs: NOW_MS,
    untilMs: null,
    ...changes,
  };
}

async function heldIds({ reader }: OpenStore): Promise<string[]> {
  const objectIds = ["inq_1", "inq_2", "inq_3"];
  return [...(await reader.heldOf({ objectIds, nowMs: NOW_MS })).keys()];
}

function erase({ store }: OpenStore, changes = {}) {
  const erasure = {
    objectIds: ["inq_1", "inq_2"],
    eventIds: [],
    beforeMs: 0,
    throughSeq: 1_000,
    erasedAtMs: NOW_MS,
    links: [],
  };
  return store.erase({ ...erasure, ...changes });
}
