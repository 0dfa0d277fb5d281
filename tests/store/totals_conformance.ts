import { assert, assertEquals } from "@std/assert";
import type { DestinationTotals } from "../../lib/store/event_reader.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { type StoreAdapter, storeTests } from "../support/store_adapter.ts";

/** Registers what every adapter must show of how much it holds. */
export function testTotals(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("totals() of an empty store are zero", async (open) => {
    const { bytes, ...totals } = await open.reader.totals();
    assertEquals(totals, { events: 0, destinations: [] });
    assert(bytes > 0 && bytes < 1 << 22, `${bytes}`);
  });

  test("totals() counts unfinished dispatches by destination", async (open) => {
    for (let n = 0; n < 4; n++) {
      const receivedAtMs = 1_000 + n;
      const one = delivery(`evt_${n}`, { receivedAtMs });
      const seq = await open.accept(one, n === 3 ? [] : ["b", "a", "c"]);
      await open.store.accept(one); // A duplicate is no event.
      if (n === 3) continue;
      await open.record(attempt({ seq, destination: "c" }));
      const status = n === 0 ? "dead" : "pending";
      const retry = { status, dueAtMs: 500 + n, failures: 1 } as const;
      await open.record(attempt({ seq, destination: "b" }, retry));
    }
    const destinations: DestinationTotals[] = [
      totals("a", [3, 0], 1_000, 1_000),
      totals("b", [2, 1], 501, 1_001, 1_000),
    ];
    const read = async () => {
      const { bytes: _, ...totals } = await open.reader.totals();
      return totals;
    };
    assertEquals(await read(), { events: 4, destinations });
    await open.requeue([{ seq: 4, destination: "é\"'" }], 99);
    await open.requeue([{ seq: 1, destination: "c" }], 7_000);
    const added = [
      totals("c", [1, 0], 7_000, 1_000),
      totals("é\"'", [1, 0], 99, 1_003),
    ];
    assertEquals(await read(), {
      events: 4,
      destinations: [...destinations, ...added],
    });
  });

  test("totals() includes a destination with dead letters only", async (open) => {
    const seq = await open.accept(delivery("evt_1"), ["a"]);
    await open.record(attempt({ seq, destination: "a" }, { status: "dead" }));
    const { events, destinations } = await open.reader.totals();
    const { receivedAtMs } = delivery("evt_1");
    assertEquals(events, 1);
    assertEquals(destinations, [
      totals("a", [0, 1], null, null, receivedAtMs),
    ]);
  });

  test("totals() returns the earliest due time of the first 1000", async (open) => {
    const random = new SeededRandom(3);
    const dueMs = Array.from({ length: 1_200 }, () => 1 + random.below(1e6));
    dueMs[1_100] = 0;
    await Promise.all(
      deliveries(1_200).map((one, i) =>
        open.store.accept({ ...one, receivedAtMs: dueMs[i]! }, ["a"])
      ),
    );
    const expected = Math.min(...dueMs.slice(0, 1_000));
    const { destinations: [a] } = await open.reader.totals();
    assertEquals([a?.pending, a?.oldestDueAtMs], [1_200, expected]);
  });
}

function totals(
  destination: string,
  [pending, dead]: [number, number],
  oldestDueAtMs: number | null,
  oldestReceivedAtMs: number | null,
  oldestDeadReceivedAtMs: number | null = null,
): DestinationTotals {
  return {
    destination,
    pending,
    dead,
    oldestDueAtMs,
    oldestReceivedAtMs,
    oldestDeadReceivedAtMs,
  };
}
