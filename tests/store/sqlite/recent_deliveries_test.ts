import { assertEquals } from "@std/assert";
import {
  type DeliveredEvent,
  RecentDeliveries,
} from "../../../lib/store/sqlite/recent_deliveries.ts";

/** How many events are remembered. */
const EVENTS_MAX = 65_536;

function event(objectId: string, orderMs: number, seq: number) {
  return { objectId, orderMs, seq };
}

Deno.test("RecentDeliveries yields newer events of the same object only", () => {
  const recent = new RecentDeliveries();
  recent.add(event("a", 20, 5));
  const isKnown = (one: DeliveredEvent) =>
    [...recent.newerThan(one)].length > 0;
  const table: [
    objectId: string,
    orderMs: number,
    seq: number,
    has: boolean,
  ][] = [
    ["a", 19, 9, true],
    ["a", 20, 4, true],
    ["a", 20, 5, false],
    ["a", 20, 6, false],
    ["a", 21, 1, false],
    ["b", 19, 1, false],
    ["__proto__", 19, 1, false],
  ];
  for (const [objectId, orderMs, seq, has] of table) {
    const about = `${objectId} ${orderMs} ${seq}`;
    assertEquals(isKnown(event(objectId, orderMs, seq)), has, about);
  }
});

Deno.test("RecentDeliveries yields each newer event once", () => {
  const recent = new RecentDeliveries();
  const orders = [[20, 5], [30, 2], [10, 9], [30, 1], [30, 2]] as const;
  for (const [orderMs, seq] of orders) recent.add(event("a", orderMs, seq));
  assertEquals([...recent.newerThan(event("a", 15, 7))], [5, 2, 1]);
  assertEquals([...recent.newerThan(event("a", 30, 1))], [2]);
  assertEquals([...recent.newerThan(event("a", 30, 2))], []);
});

Deno.test("RecentDeliveries drops the least recently delivered object", () => {
  const recent = new RecentDeliveries();
  for (let i = 0; i < EVENTS_MAX; i++) recent.add(event(`${i}`, 20, i));
  const isKnown = (i: number) =>
    [...recent.newerThan(event(`${i}`, 10, 0))].length > 0;
  assertEquals(isKnown(0), true);
  recent.add(event("0", 15, 0));
  recent.add(event("another", 20, 0));
  assertEquals([0, 1, 2].map(isKnown), [true, false, true]);
});

Deno.test("RecentDeliveries drops the first events of an object with too many", () => {
  const recent = new RecentDeliveries();
  for (let i = 0; i < EVENTS_MAX + 2; i++) recent.add(event("a", 20, i));
  const seqs = [...recent.newerThan(event("a", 10, 0))];
  assertEquals([seqs.length, seqs[0]], [EVENTS_MAX, 2]);
});
