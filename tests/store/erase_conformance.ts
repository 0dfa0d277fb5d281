import { assert, assertEquals } from "@std/assert";
import type { Erasure } from "../../lib/store/erasure.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import {
  placeTests,
  type StoreAdapter,
  storeTests,
} from "../support/store_adapter.ts";

const BEFORE_MS = 1_755_000_000_000;

/** Registers what every adapter must do when payloads are erased. */
export function testErasure(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("erase() leaves tombstones, up to an event", async (open) => {
    const kept = delivery("evt_3", { objectId: "inq_1" });
    await open.accept(delivery("evt_1", { objectId: "inq_1" }), ["a"]);
    await open.accept(delivery("evt_2", { objectId: "inq_2" }), ["a"]);
    await open.accept(kept, ["a"]);
    await erase(open, { objectIds: ["inq_1"], throughSeq: 2 });
    const erased = await open.get("evt_1");
    assertEquals([erased.row.status, erased.row.name, erased.row.objectId], [
      "erased",
      "inquiry.approved",
      "inq_1",
    ]);
    assertEquals([erased.body.length, erased.contentType], [0, null]);
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
    assertEquals((await open.get("evt_2")).body, delivery("evt_2").body);
    assertEquals((await open.get("evt_3")).body, kept.body);
    assertEquals(await idsOf(open, "erased"), ["evt_1"]);
    assertEquals(await idsOf(open, "pending"), ["evt_3", "evt_2"]);
    for (const isErased of [true, false]) {
      const filter = { objectIds: ["inq_1"], isErased, limit: 10 };
      const rows = await open.reader.list(filter);
      const expected = isErased ? "evt_1" : "evt_3";
      assertEquals(rows.map(({ id }) => id), [expected]);
    }
  });

  test("erase() ends what is pending or dead, and keeps what is done", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b", "c"]);
    for (
      const [destination, status] of [["a", "done"], ["b", "dead"]] as const
    ) {
      const key = { seq, destination };
      await open.record(attempt(key, { status, output: "personal" }));
    }
    await erase(open);
    const { dispatches } = await open.get("evt_1");
    assertEquals(
      dispatches.map((
        { status, attempts },
      ) => [status, ...attempts.map(({ output }) => output)]),
      [["done", ""], ["erased", ""], ["erased"]],
    );
    assertEquals(await open.pendingCounts(), {});
    for (const status of ["done", "dead", "none"] as const) {
      assertEquals(await idsOf(open, status), [], status);
    }
  });

  test("a duplicate of an erased event is a duplicate and brings nothing back", async (open) => {
    const one = delivery("evt_1");
    await open.accept(one, ["a"]);
    await erase(open);
    const other = { ...one, body: new TextEncoder().encode("{}") };
    const duplicate = { ok: true, duplicate: true } as const;
    assertEquals(await open.store.accept(one, ["a"]), duplicate);
    const differs = { ...duplicate, differs: true } as const;
    assertEquals(await open.store.accept(other, ["a"]), differs);
    const { row, body } = await open.get("evt_1");
    assertEquals([row.duplicates, row.duplicatesDiffering], [2, 1]);
    assertEquals([row.status, body.length], ["erased", 0]);
  });

  test("an erased event is not dispatched again", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    await erase(open);
    const keys = [{ seq, destination: "a" }, { seq, destination: "b" }];
    for (const onlyUnfinished of [true, false]) {
      await open.store.requeue({ keys, dueAtMs: 1, onlyUnfinished });
    }
    assertEquals(await open.pendingCounts(), {});
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
  });

  test("an attempt under way ends, and what was answered is not kept", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a", "b"]);
    for (const destination of ["a", "b"]) await open.load({ seq, destination });
    await erase(open);
    const output = "personal";
    await open.record(
      attempt({ seq, destination: "a" }, { status: "done", output }),
    );
    await open.record(
      attempt({ seq, destination: "b" }, { status: "pending", output }),
    );
    assertEquals(await open.statusesOf("evt_1"), "erased: a done, b erased");
    const { dispatches } = await open.get("evt_1");
    const outputs = dispatches.flatMap(({ attempts }) => attempts)
      .map((one) => one.output);
    assertEquals(outputs, ["", ""]);
    assertEquals(await open.pendingCounts(), {});
  });

  test("erase() reaches single events, with or without an object", async (open) => {
    await open.accept(delivery("evt_1", { objectId: null }), ["a"]);
    await open.accept(delivery("evt_2", { objectId: "inq_2" }), ["a"]);
    await open.accept(delivery("evt_3", { objectId: "inq_2" }), ["a"]);
    await open.accept(delivery("evt_4", { objectId: null }));
    const eventIds = ["evt_1", "evt_2"];
    await erase(open, { objectIds: [], eventIds, throughSeq: 0 });
    assertEquals(await idsOf(open, "erased"), ["evt_2", "evt_1"]);
    assertEquals(await idsOf(open, "pending"), ["evt_3"]);
  });

  test("erase() reaches what was created before, though it came later, but for what tells of a redaction", async (open) => {
    const createdAtMs = BEFORE_MS;
    for (
      const [id, changes] of [
        ["evt_1", { createdAtMs: createdAtMs + 1 }],
        ["evt_2", { createdAtMs }],
        ["evt_3", { createdAtMs, name: "inquiry.redacted" }],
        ["evt_4", { createdAtMs: null }],
        ["evt_5", { createdAtMs, objectId: "inq_2" }],
      ] as const
    ) await open.accept(delivery(id, changes), ["a"]);
    await erase(open, { throughSeq: 0, beforeMs: BEFORE_MS });
    assertEquals(await idsOf(open, "erased"), ["evt_2"]);
  });

  test("erase() leaves what tells of a redaction, unless it is named itself", async (open) => {
    await open.accept(delivery("evt_1"), ["a"]);
    for (const id of ["evt_2", "evt_3"]) {
      await open.accept(delivery(id, { name: "inquiry.redacted" }), ["a"]);
    }
    await open.accept(delivery("evt_4", { name: "inquiry.REDACTED" }), ["a"]);
    await erase(open, { eventIds: ["evt_3"] });
    assertEquals(await idsOf(open, "erased"), ["evt_4", "evt_3", "evt_1"]);
    assertEquals((await open.get("evt_2")).body, delivery("evt_2").body);
    assertEquals(await open.pendingCounts(), { a: 1 });
  });

  test("erase() is recorded before anything is erased, and not again once all of it is", async (open) => {
    await open.accept(delivery("evt_1"), ["a"]);
    const records: string[] = [];
    const record = async (number: number) => {
      records.push(`${number} ${await open.statusesOf("evt_1")}`);
    };
    await erase(open, { record });
    await erase(open, { record });
    assertEquals(records, ["1 pending: a pending"]);
    await open.accept(delivery("evt_2"), ["a"]);
    await erase(open, { record });
    assertEquals(records.slice(1), ["3 erased: a erased"]);
  });

  test("erase() erases nothing that cannot be recorded", async (open) => {
    await open.accept(delivery("evt_1"), ["a"]);
    const erasure = await erasureOf(open, {
      record: () => Promise.reject(new Error("the trail's disk is full")),
    });
    assertEquals(await open.store.erase(erasure), "failed");
    assertEquals((await open.get("evt_1")).body, delivery("evt_1").body);
    assertEquals((await open.reader.erasures()).position, 0);
    await erase(open);
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
    assertEquals((await open.reader.erasures()).position, 1);
  });

  placeTests(adapter)(
    "of those who erase the same at once, one records it",
    async (place) => {
      const first = new OpenStore(await place.open());
      const second = adapter.isShared
        ? new OpenStore(await place.open())
        : first;
      await first.accept(delivery("evt_1"), ["a"]);
      const records: number[] = [];
      const record = (number: number) => {
        records.push(number);
        return Promise.resolve();
      };
      await Promise.all([
        erase(first, { record }),
        erase(second, { record }),
        erase(second, { record }),
      ]);
      assertEquals(records, [1]);
      assertEquals(await second.statusesOf("evt_1"), "erased: a erased");
      if (second !== first) await second.close();
      await first.close();
    },
  );

  test("erase() removes links, and can be repeated", async (open) => {
    await open.accept(delivery("evt_1", { objectId: "inq_1" }));
    const links = [["t", "inq_1"], ["t", "inq_2"]] as const;
    assert(await open.store.link({ links, throughSeq: 1 }));
    for (let i = 0; i < 2; i++) {
      await erase(open, { objectIds: ["inq_1"], links: [links[0]] });
      const query = { tokens: ["t"], limit: 9 };
      assertEquals(await open.reader.linkedObjects(query), ["inq_2"]);
      assertEquals(await open.statusesOf("evt_1"), "erased: ");
    }
  });
}

export async function erase(
  open: OpenStore,
  changes: Partial<Erasure> = {},
): Promise<void> {
  const erasure = await erasureOf(open, changes);
  assertEquals(await open.store.erase(erasure), "erased");
}

/** The erasure of all that is stored of one object. */
async function erasureOf(
  { reader }: OpenStore,
  changes: Partial<Erasure>,
): Promise<Erasure> {
  const { seq } = await reader.end();
  return {
    objectIds: ["inq_1"],
    eventIds: [],
    throughSeq: seq,
    beforeMs: 0,
    erasedAtMs: 1_760_000_000_000,
    links: [],
    ...changes,
  };
}

async function idsOf(
  { reader }: OpenStore,
  status: "pending" | "done" | "dead" | "erased" | "none",
): Promise<string[]> {
  return (await reader.list({ status, limit: 9 })).map(({ id }) => id);
}
