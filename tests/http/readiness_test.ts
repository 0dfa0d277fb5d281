import { assertEquals } from "@std/assert";
import { createReadiness } from "../../lib/http/readiness.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** A store whose probes a test counts and answers. */
class ProbedStore extends MemoryStore {
  probes = 0;
  answer: () => Promise<boolean> = () => Promise.resolve(true);

  override probe(): Promise<boolean> {
    this.probes++;
    return this.answer();
  }
}

function setUp() {
  const store = new ProbedStore();
  const clock = new FakeClock(1_000_000);
  return { store, clock, isReady: createReadiness(store, clock) };
}

Deno.test("isReady() is true only while the store works", async () => {
  const { store, clock, isReady } = setUp();
  for (const works of [true, false, true]) {
    store.answer = () => Promise.resolve(works);
    clock.advance(1_000);
    assertEquals(await isReady(), works);
  }
});

Deno.test("isReady() probes the store at most once a second", async () => {
  const { store, clock, isReady } = setUp();
  await Promise.all([isReady(), isReady(), isReady()]);
  clock.advance(999);
  store.answer = () => Promise.resolve(false);
  assertEquals(await isReady(), true);
  assertEquals(store.probes, 1);
  clock.advance(1);
  assertEquals(await isReady(), false);
  assertEquals(store.probes, 2);
});

Deno.test("isReady() probes again after the clock was set back", async () => {
  const { store, clock, isReady } = setUp();
  assertEquals(await isReady(), true);
  store.answer = () => Promise.resolve(false);
  clock.advance(-3_600_000);
  assertEquals(await isReady(), false);
});

Deno.test("isReady() treats an unresponsive store as failing", async () => {
  const { store, isReady } = setUp();
  const late = Promise.withResolvers<boolean>();
  store.answer = () => late.promise;
  assertEquals(await withoutWaiting(isReady), false);
  late.resolve(true);
});

Deno.test("isReady() is true of a store in memory until it is closed", async () => {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1024 });
  const clock = new FakeClock(0);
  const isReady = createReadiness(store, clock);
  assertEquals(await isReady(), true);
  await store.close();
  clock.advance(1_000);
  assertEquals(await isReady(), false);
});

/** Runs a function for which every time-out is over at once. */
async function withoutWaiting<Value>(
  run: () => Promise<Value>,
): Promise<Value> {
  const { setTimeout } = globalThis;
  globalThis.setTimeout =
    ((callback: () => void) =>
      setTimeout(callback, 0)) as typeof globalThis.setTimeout;
  try {
    return await run();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}
