import { assert, assertEquals, assertFalse } from "@std/assert";
import type { PendingDispatch } from "../../lib/store/outbox.ts";
import type { Store, StoreChange } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries } from "../support/deliveries.ts";
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

  test("seq follows the order of commits of all clients", async (place) => {
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

  test("an event is stored once by concurrent clients", async (place) => {
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

  test("onChange() reports commits of every client", async (place) => {
    const opened = await openAll(place);
    const changes = opened.map(() => [] as StoreChange[]);
    for (const [i, { store }] of opened.entries()) {
      store.onChange((change) => void changes[i]!.push(change));
    }
    const seq = await opened[0]!.accept(deliveries(1)[0]!, ["a"]);
    const told = (isWanted: (change: StoreChange) => boolean) =>
      eventually(
        60_000,
        () => Promise.resolve(changes.every((all) => all.some(isWanted))),
        () => "the news of a commit",
      );
    await told(() => true);
    await opened.at(-1)!.requeue([{ seq, destination: "b" }], 1);
    await told(({ fromSeq }) => fromSeq !== undefined && fromSeq <= seq);
    for (const one of opened) await one.close();
  });

  if (!adapter.isShared) return;

  test("processes share the dispatches and hand them over", async (place) => {
    const [first, second] = await openAll(place) as [OpenStore, OpenStore];
    for (const one of deliveries(64)) {
      await first.accept({ ...one, objectId: `inq_${one.id}` }, ["a"]);
    }
    let shares: (readonly PendingDispatch[])[] = [];
    await eventually(
      60_000,
      async () => {
        shares = [await first.pending("a"), await second.pending("a")];
        return shares.flat().length === 64 &&
          shares.every(({ length }) => length > 8);
      },
      () => `an even share instead of ${shares.map(({ length }) => length)}`,
    );
    const seqs = new Set(shares.flat().map(({ seq }) => seq));
    assertEquals(seqs.size, 64, "none is two processes'");

    const [dispatch] = shares[0]!;
    const record = attempt({ ...dispatch!, destination: "a" }, dispatch);
    const [own, other] = [await first.outbox("a"), await second.outbox("a")];
    assertEquals(await other.load(dispatch!), undefined);
    assertFalse(other.canBegin(dispatch!));
    assert(await other.record(record), "there is nothing to try again");
    const [id] = await idsAt(first, dispatch!.seq);
    assertEquals(await second.statusesOf(id!), "pending: a pending");
    assert(await own.load(dispatch!) && own.canBegin(dispatch!));
    assert(await own.record(record));
    assertEquals(await second.statusesOf(id!), "done: a done");

    const moved = second.moved("a");
    await first.close();
    await moved;
    const left = await second.pending("a");
    seqs.delete(dispatch!.seq);
    assertEquals(new Set(left.map(({ seq }) => seq)), seqs);
    for (const one of left) {
      assert(await other.load(one) && other.canBegin(one));
    }
    await second.close();
  });
}

async function idsAt({ reader }: OpenStore, seq: number): Promise<string[]> {
  const { events } = await reader.news({ seq: seq - 1, attemptSeq: 0 }, 1);
  return events.map(({ id }) => id);
}
