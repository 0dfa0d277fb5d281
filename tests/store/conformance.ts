import { assert, assertEquals } from "@std/assert";
import type { EventReader, StoredEvent } from "../../lib/store/event_reader.ts";
import type { Delivery, Store } from "../../lib/store/store.ts";
import { deliveries, delivery, randomBytes } from "../support/deliveries.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import {
  placeTests,
  type StoreAdapter,
  type StorePlace,
} from "../support/store_adapter.ts";

const MEBIBYTE = 1 << 20;
const STORED = { ok: true, duplicate: false } as const;
const DUPLICATE = { ok: true, duplicate: true } as const;

/** Registers the tests that every adapter must pass. */
export function testStore(adapter: StoreAdapter): void {
  const test = placeTests(adapter);

  test("accept() stores an event once", async (place) => {
    const store = await place.open();
    assertEquals(await store.accept(delivery("evt_1")), STORED);
    assertEquals(await store.accept(delivery("evt_1")), DUPLICATE);
    assertEquals(await store.accept(delivery("evt_2")), STORED);
    assertEquals(await store.accept(delivery("evt_1")), DUPLICATE);
    await assertDuplicates(place, store, { evt_1: 2, evt_2: 0 });
  });

  test("accept() stores one of 50 concurrent copies", async (place) => {
    const store = await place.open();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => store.accept(delivery("evt_1"))),
    );
    assertEquals(results[0], STORED);
    assertEquals(results.slice(1), Array(49).fill(DUPLICATE));
    await assertDuplicates(place, store, { evt_1: 49 });
  });

  test("accept() keeps the first body of an id", async (place) => {
    const store = await place.open();
    const first = delivery("evt_1", { name: "inquiry.created" });
    const second = delivery("evt_1", {
      name: "inquiry.failed",
      body: new Uint8Array(100),
    });
    await Promise.all([first, second].map((one) => store.accept(one)));
    const differing = { ...DUPLICATE, differs: true } as const;
    assertEquals(await store.accept(second), differing);
    assertEquals(await store.accept(first), DUPLICATE);
    const counts = { duplicates: 3, duplicatesDiffering: 2 };
    await assertStored(place, store, [first], counts);
  });

  test("accept() distinguishes ids by every character", async (place) => {
    const ids = ["evt_1", "EVT_1", "evt_1 ", "evt_é", "evt_e\u0301", "🗝", "1"];
    const store = await place.open();
    for (const expected of [STORED, DUPLICATE]) {
      for (const id of ids) {
        assertEquals(await store.accept(delivery(id)), expected, id);
      }
    }
    await assertStored(place, store, ids.map((id) => delivery(id)), {
      duplicates: 1,
    });
  });

  test("accept() keeps bodies byte for byte", async (place) => {
    const random = new SeededRandom(1);
    const sent = [
      delivery("evt_all", { body: Uint8Array.from({ length: 256 }, byteOf) }),
      delivery("evt_empty", { body: new Uint8Array() }),
      delivery("evt_zero", { body: new Uint8Array(1) }),
      delivery("evt_large", { body: randomBytes(MEBIBYTE, random) }),
      delivery("evt_part", { body: randomBytes(99, random).subarray(9, 90) }),
    ];
    const store = await place.open();
    const results = await Promise.all(sent.map((one) => store.accept(one)));
    assertEquals(results, sent.map(() => STORED));
    await assertStored(place, store, sent);
  });

  test("accept() stores batches larger than any buffer", async (place) => {
    const random = new SeededRandom(2);
    const sent = Array.from(
      { length: 5 },
      (_, i) =>
        delivery(`evt_${i}`, { body: randomBytes(3 * MEBIBYTE / 2, random) }),
    );
    sent.splice(2, 0, delivery("evt_small"));
    const store = await place.open();
    const results = await Promise.all(sent.map((one) => store.accept(one)));
    assertEquals(results, sent.map(() => STORED));
    await assertStored(place, store, sent);
  });

  test("accept() keeps every field, including null and extreme values", async (place) => {
    const sent = [
      delivery("evt_full"),
      delivery("evt_null", {
        createdAtMs: null,
        objectType: null,
        objectId: null,
        secretFingerprint: null,
        contentType: null,
        attemptsMade: null,
        attemptsLeft: null,
        firstAttemptedAtMs: null,
      }),
      delivery("evt_extreme", {
        createdAtMs: -62_135_596_800_000,
        receivedAtMs: 8_640_000_000_000_000,
        attemptsMade: 0,
        attemptsLeft: Number.MAX_SAFE_INTEGER,
        contentType: "text/plain; charset=\u00ff",
        headers: '[["user-agent","\u00ff\u{1f600}"],["cookie",null]]',
        name: "'; DROP TABLE events; --",
        objectId: '"\\%_*?[',
      }),
    ];
    const store = await place.open();
    for (const one of sent) {
      assertEquals(await store.accept(one), STORED);
    }
    await assertStored(place, store, sent);
  });

  test("accept() keeps the order of arrival", async (place) => {
    const sent = deliveries(500);
    const store = await place.open();
    await Promise.all(sent.slice(0, 300).map((one) => store.accept(one)));
    for (const one of sent.slice(300, 320)) await store.accept(one);
    await Promise.all(sent.slice(320).map((one) => store.accept(one)));
    await assertStored(place, store, sent);
  });

  test("accept() refuses deliveries beyond 64 MiB of waiting ones", async (place) => {
    const body = new Uint8Array(MEBIBYTE);
    const sent = deliveries(70).map((one) => ({ ...one, body }));
    const store = await place.open();
    const results = await Promise.all(sent.map((one) => store.accept(one)));
    assertEquals(results.slice(0, 63), Array(63).fill(STORED));
    const overloaded = { ok: false, reason: "overloaded" } as const;
    assertEquals(results.slice(63), Array(7).fill(overloaded));
    assertEquals(await store.accept(sent[69]!), STORED);
    await assertStored(place, store, [...sent.slice(0, 63), sent[69]!]);
  });

  test("accept() after close() fails", async (place) => {
    const store = await place.open();
    await store.close();
    const result = await store.accept(delivery("evt_1"));
    assertEquals(result, { ok: false, reason: "failed" });
    assertEquals(await store.probe(), false);
    await assertKept(place, []);
  });

  test("close() finishes pending writes and can be called twice", async (place) => {
    const sent = deliveries(100);
    const store = await place.open();
    const results = Promise.all(sent.map((one) => store.accept(one)));
    await Promise.all([store.close(), store.close()]);
    assertEquals(await results, sent.map(() => STORED));
    await store.close();
    await assertKept(place, sent);
  });

  test("probe() leaves nothing behind", async (place) => {
    const store = await place.open();
    assert(await store.probe());
    const accepted = store.accept(delivery("evt_1"));
    assertEquals(await Promise.all([store.probe(), store.probe()]), [
      true,
      true,
    ]);
    assertEquals(await accepted, STORED);
    await assertStored(place, store, [delivery("evt_1")]);
  });

  if (!adapter.isKept) return;

  test("accept() recognizes events of an earlier process", async (place) => {
    const sent = deliveries(30);
    const first = await place.open();
    for (const one of sent.slice(0, 20)) await first.accept(one);
    await first.close();
    const second = await place.open();
    const results = await Promise.all(sent.map((one) => second.accept(one)));
    await second.close();
    const expected = sent.map((_, i) => i < 20 ? DUPLICATE : STORED);
    assertEquals(results, expected);
    assertEquals((await readAll(place.openReader!())).length, 30);
  });

  test("accept() resolves only after other connections see the event", async (place) => {
    const store = await place.open();
    for (const one of deliveries(20)) {
      await store.accept(one);
      const reader = place.openReader!();
      assertEquals((await reader.get(one.id))?.body, one.body);
      reader.close();
    }
    await store.close();
  });
}

interface Counts {
  duplicates?: number;
  duplicatesDiffering?: number;
}

function byteOf(_: unknown, i: number): number {
  return i;
}

/** All that is stored, in order of arrival. */
async function readAll(reader: EventReader): Promise<StoredEvent[]> {
  try {
    const all: StoredEvent[] = [];
    for (const { id } of await reader.list({ limit: 10_000 })) {
      const stored = await reader.get(id);
      assert(stored, `listed but not there: ${id}`);
      all.unshift(stored);
    }
    return all;
  } finally {
    reader.close();
  }
}

/** Checks what is stored, closes the store, and checks what is kept. */
async function assertDuplicates(
  place: StorePlace,
  store: Store,
  expected: Record<string, number>,
): Promise<void> {
  const check = async (reader: EventReader) => {
    const all = await readAll(reader);
    const found = all.map(({ row }) => [row.id, row.duplicates]);
    assertEquals(Object.fromEntries(found), expected);
  };
  await check(store.openReader());
  await store.close();
  if (place.openReader) await check(place.openReader());
}

/** Checks what is stored, closes the store, and checks what is kept. */
async function assertStored(
  place: StorePlace,
  store: Store,
  sent: readonly Delivery[],
  options: Counts = {},
): Promise<void> {
  assertAll(await readAll(store.openReader()), sent, options);
  await store.close();
  await assertKept(place, sent, options);
}

/** Checks what a closed store has kept. */
async function assertKept(
  place: StorePlace,
  sent: readonly Delivery[],
  options: Counts = {},
): Promise<void> {
  if (!place.openReader) return;
  assertAll(await readAll(place.openReader()), sent, options);
}

/** Checks what is stored against what was sent, in order of arrival. */
function assertAll(
  all: readonly StoredEvent[],
  sent: readonly Delivery[],
  { duplicates = 0, duplicatesDiffering = 0 }: Counts,
): void {
  assertEquals(all.map(({ row }) => row.id), sent.map(({ id }) => id));
  let lastSeq = 0;
  for (
    const [i, { body, contentType, headers = null, ...rest }] of sent.entries()
  ) {
    const stored = all[i]!;
    const { seq } = stored.row;
    assert(seq > lastSeq, `${seq} after ${lastSeq}`);
    lastSeq = seq;
    const counts = { duplicates, duplicatesDiffering };
    assertEquals(stored.row, { ...rest, seq, ...counts, status: "none" });
    assertEquals([stored.contentType, stored.headers], [contentType, headers]);
    assertEquals(stored.dispatches, []);
    assert(areEqual(stored.body, body), `another body: ${rest.id}`);
  }
}

/** As `assertEquals()` takes seconds for a mebibyte. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
