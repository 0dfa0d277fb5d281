import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import type { KeptEvent } from "../../lib/store/retention.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { expiryOf } from "../support/expire_events.ts";
import type { OpenStore } from "../support/open_store.ts";
import { type StoreAdapter, storeTests } from "../support/store_adapter.ts";

/** Registers what every adapter must do when the time of payloads is over. */
export function testRetention(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("kept() lists what has a payload, in pages", async (open) => {
    for (const i of [1, 2, 3, 4]) {
      const objectId = i === 3 ? null : `inq_${i}`;
      const one = delivery(`evt_${i}`, { objectId, receivedAtMs: i });
      const seq = await open.accept(one, ["a"]);
      const status = i === 1 ? "done" : "dead";
      if (i < 4) {
        await open.record(attempt({ seq, destination: "a" }, { status }));
      }
    }
    const page = async (afterSeq: number) =>
      (await open.reader.kept({ afterSeq, limit: 2 })).map(briefly);
    assertEquals(await page(0), ["1 inq_1", "2 inq_2 unfinished"]);
    assertEquals(await page(2), ["3 null unfinished", "4 inq_4 unfinished"]);
    await expire(open, [1]);
    assertEquals(await page(0), ["2 inq_2 unfinished", "3 null unfinished"]);
  });

  test("expire() leaves tombstones, of what was unfinished already too", async (open) => {
    for (const id of ["evt_1", "evt_2"]) await open.accept(delivery(id), ["a"]);
    await expire(open, [1]);
    const { row, body, contentType } = await open.get("evt_1");
    assertEquals([row.status, body.length, contentType], ["erased", 0, null]);
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
    assertEquals((await open.get("evt_2")).body, delivery("evt_2").body);
    const duplicate = { ok: true, duplicate: true } as const;
    assertEquals(await open.store.accept(delivery("evt_1")), duplicate);
    await expire(open, [1]);
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
  });

  test("expire() passes over what is unfinished meanwhile", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    const key = { seq, destination: "a" };
    await open.record(attempt(key, { status: "done", output: "personal" }));
    const events = await open.reader.kept({ afterSeq: 0, limit: 9 });
    await open.store.requeue({ keys: [key], dueAtMs: 1 });
    assertEquals(await open.store.expire(expiryOf(events)), []);
    assertEquals(await open.statusesOf("evt_1"), "pending: a pending");
    const passedOver = { afterSeq: 0, limit: 9, isPassedOver: true };
    assertEquals(await open.reader.kept(passedOver), []);
    assert(await open.store.saveRetention({ state: "", passedOver: [seq] }));
    const [one] = await open.reader.kept(passedOver);
    assertEquals(one && briefly(one), "1 inq_1 unfinished");
    await expire(open, [1]);
    assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
    assertEquals(await open.reader.kept(passedOver), []);
  });

  test("expire() has all of it recorded, or erases nothing", async (open) => {
    for (const id of ["evt_1", "evt_2", "evt_3"]) {
      await open.accept(delivery(id));
    }
    const events = await open.reader.kept({ afterSeq: 0, limit: 9 });
    const record = () => Promise.reject(new StoreError("full", "Free some"));
    assertEquals(await open.store.expire(expiryOf(events, { record })), null);
    assertEquals(await open.reader.kept({ afterSeq: 0, limit: 9 }), events);
    const recorded: unknown[] = [];
    const expire = (some: readonly KeptEvent[]) =>
      open.store.expire(expiryOf(some, {
        record: (...one) => Promise.resolve(void recorded.push(one)),
      }));
    const { position } = await open.reader.erasures();
    assertEquals(await expire(events.slice(0, 1)), [1]);
    // What is erased already is not counted again.
    assertEquals(await expire(events), [1, 2, 3]);
    assertEquals(recorded, [[[1], position + 1], [[2, 3], position + 2]]);
    assertEquals((await open.reader.erasures()).position, position + 2);
  });

  test("expire() lets a hold in, which finds all of it erased", async (open) => {
    for (let i = 0; i < 20; i++) await open.accept(delivery(`evt_${i}`));
    const events = await open.reader.kept({ afterSeq: 0, limit: 99 });
    const kept: number[] = [];
    const pause = async () => {
      if (kept.length > 0) return;
      assert(await open.store.setHolds([HOLD]));
      const left = await open.reader.kept({ afterSeq: 0, limit: 99 });
      kept.push(left.length);
    };
    const erased = await open.store.expire(expiryOf(events, { pause }));
    assertEquals([erased?.length, kept], [20, [0]]);
  });

  test("expire() removes links that lead nowhere", async (open) => {
    assertEquals(await open.reader.retention(), null);
    for (const i of [1, 2, 3]) {
      const objectId = i === 3 ? "inq_2" : `inq_${i}`;
      await open.accept(delivery(`evt_${i}`, { objectId }));
    }
    const links = [["t", "inq_1"], ["t", "inq_2"]] as const;
    assert(await open.store.link({ links, throughSeq: 3 }));
    const linked = () => open.reader.linkedObjects({ tokens: ["t"], limit: 9 });
    await expire(open, [1, 2]);
    assertEquals(await linked(), ["inq_2"], "it has another event");
    await expire(open, [3]);
    assertEquals(await linked(), []);
    assert(await open.store.saveRetention({ state: "é", passedOver: [2, 9] }));
    assertEquals(await open.reader.retention(), "é");
    assert(await open.store.reclaim());
  });

  test("leaseRetention() can be asked for again", async (open) => {
    assert(await open.store.leaseRetention());
    assert(await open.store.leaseRetention());
  });
}

const HOLD = {
  kind: "object",
  token: "inq_1",
  ofToken: null,
  linkToken: null,
  linkKey: null,
  reason: "a court",
  byWhom: "alice",
  atMs: 1,
  untilMs: null,
} as const;

/** Erases those that are there. */
async function expire(open: OpenStore, seqs: readonly number[]) {
  const all = await open.reader.kept({ afterSeq: 0, limit: 99 });
  const done = all.filter(({ seq }) => seqs.includes(seq));
  assert(await open.store.expire(expiryOf(done)));
}

function briefly({ seq, objectId, isUnfinished }: KeptEvent): string {
  return `${seq} ${objectId}${isUnfinished ? " unfinished" : ""}`;
}
