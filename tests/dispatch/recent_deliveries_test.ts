import { assert, assertEquals, assertFalse } from "@std/assert";
import { RecentDeliveries } from "../../lib/dispatch/recent_deliveries.ts";

/** How many objects are remembered. */
const OBJECTS_MAX = 65_536;

function event(objectId: string, orderMs: number, seq: number) {
  return { objectId, orderMs, seq };
}

Deno.test("RecentDeliveries tells of newer events of the same object alone", () => {
  const recent = new RecentDeliveries();
  recent.add(event("a", 20, 5));
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
    assertEquals(recent.hasNewer(event(objectId, orderMs, seq)), has, about);
  }
});

Deno.test("RecentDeliveries remembers the newest, not the last", () => {
  const recent = new RecentDeliveries();
  const orders = [[20, 5], [30, 2], [10, 9], [30, 1]] as const;
  for (const [orderMs, seq] of orders) recent.add(event("a", orderMs, seq));
  assert(recent.hasNewer(event("a", 30, 1)));
  assertFalse(recent.hasNewer(event("a", 30, 2)));
});

Deno.test("RecentDeliveries forgets the object that had nothing for longest", () => {
  const recent = new RecentDeliveries();
  for (let i = 0; i < OBJECTS_MAX; i++) recent.add(event(`${i}`, 20, i));
  const isKnown = (i: number) => recent.hasNewer(event(`${i}`, 10, 0));
  assert(isKnown(0));
  recent.add(event("0", 5, 0));
  recent.add(event("another", 20, 0));
  assertEquals([0, 1, 2].map(isKnown), [true, false, true]);
  assert(recent.hasNewer(event("0", 19, 0)), "an older one changes nothing");
});
