import { assert, assertEquals } from "@std/assert";
import type { Store, StoreChange } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, idOf } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import {
  placeTests,
  type StoreAdapter,
  type StorePlace,
} from "../support/store_adapter.ts";
import { eventually } from "../support/within.ts";

const EVENTS = 200;

/**
 * Registers what an adapter must keep however many have it open: two stores where it can
 * be shared, and one that is opened once otherwise.
 */
export function testSharing(adapter: StoreAdapter): void {
  const test = placeTests(adapter);

  /** As many stores as can be open at once. */
  async function openAll(place: StorePlace): Promise<OpenStore[]> {
    const count = adapter.isShared ? 2 : 1;
    const stores: Store[] = [];
    for (let i = 0; i < count; i++) stores.push(await place.open());
    return stores.map((store) => new OpenStore(store));
  }

  test("seq follows the order of commits, whoever commits", async (place) => {
    const opened = await openAll(place);
    const seen: number[] = [];
    let isAccepting = true;
    const reading = (async () => {
      const outbox = await opened[0]!.outbox("a");
      for (let isLast = false; !isLast;) {
        isLast = !isAccepting;
        const afterSeq = seen.at(-1) ?? 0;
        const page = await outbox.pending({ afterSeq, limit: 1_000 });
        seen.push(...page.map(({ seq }) => seq));
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
    const sent = deliveries(EVENTS);
    for (let start = 0; start < EVENTS; start += 8) {
      await Promise.all(
        opened.flatMap(({ store }, i) =>
          sent.slice(start, start + 8)
            .filter((_, n) => n % opened.length === i)
            .map((one) => store.accept(one, ["a"]))
        ),
      );
    }
    isAccepting = false;
    await reading;
    // Who never goes back has met all of them.
    assertEquals(seen.length, EVENTS);
    assertEquals(seen, seen.toSorted((a, b) => a - b));
    for (const one of opened) await one.close();
  });

  test("an event is stored once, whoever accepts it", async (place) => {
    const opened = await openAll(place);
    const sent = [...deliveries(50), ...deliveries(50)];
    const results = await Promise.all(
      sent.flatMap((one) => opened.map(({ store }) => store.accept(one))),
    );
    const stored = results.filter((one) => one.ok && !one.duplicate);
    assertEquals(stored.length, 50);
    for (const { reader } of opened) {
      const rows = await reader.list({ limit: 1_000 });
      assertEquals(rows.length, 50);
      const copies = 2 * opened.length - 1;
      assert(rows.every(({ duplicates }) => duplicates === copies));
    }
    for (const one of opened) await one.close();
  });

  test("onChange() tells of what any of them commits", async (place) => {
    const opened = await openAll(place);
    const changes = opened.map(() => [] as StoreChange[]);
    for (const [i, { store }] of opened.entries()) {
      store.onChange((change) => void changes[i]!.push(change));
    }
    const seq = await opened[0]!.accept(deliveries(1)[0]!, ["a"]);
    const told = (isWanted: (change: StoreChange) => boolean) =>
      eventually(
        10_000,
        () => Promise.resolve(changes.every((all) => all.some(isWanted))),
        () => "the news of a commit",
      );
    await told(() => true);
    await opened.at(-1)!.requeue([{ seq, destination: "b" }], 1);
    await told(({ fromSeq }) => fromSeq !== undefined && fromSeq <= seq);
    for (const one of opened) await one.close();
  });

  if (!adapter.isShared) return;

  test("an outbox has one holder, and then the next", async (place) => {
    const [first, second] = await openAll(place) as [OpenStore, OpenStore];
    const seq = await first.accept(deliveries(1)[0]!, ["a"]);
    const held = await first.outbox("a");
    let isTaken = false;
    const waiting = second.outbox("a").then((outbox) => {
      isTaken = true;
      return outbox;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals([isTaken, held.lost.aborted], [false, false]);
    assert(await held.record(attempt({ seq, destination: "a" })));
    held.close();
    const next = await waiting;
    assertEquals(await next.pending({ afterSeq: 0, limit: 9 }), []);
    assertEquals(await second.statusesOf(idOf(0)), "done: a done");
    await first.close();
    await second.close();
  });
}
