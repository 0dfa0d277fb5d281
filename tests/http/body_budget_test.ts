import { assert, assertEquals, assertFalse } from "@std/assert";
import { BodyBudget, type Evictable } from "../../lib/http/body_budget.ts";

/** Three buffers of 11, and 11 bytes for what cannot be ended. */
function setUp(bodies: number) {
  const time = { nowMs: 0 };
  const budget = new BodyBudget({
    bodyBytesMax: 11,
    bytesMax: 44,
    nowMs: () => time.nowMs,
  });
  const evicted: number[] = [];
  const lent = Array.from({ length: bodies }, (_, i) => {
    const body: Evictable = { evict: () => void evicted.push(i) };
    return { body, buffer: budget.lend(body) };
  });
  return { budget, lent, evicted, time };
}

const other = () => ({ evict() {} });

Deno.test("BodyBudget lends a limited number of buffers", () => {
  const { budget, lent, evicted } = setUp(3);
  for (const { buffer } of lent) assertEquals(buffer?.length, 11);
  assertEquals(budget.lend(other()), undefined);
  assertEquals(evicted, []);
});

Deno.test("BodyBudget reuses buffers", () => {
  const { budget, lent } = setUp(3);
  for (const { body } of lent) budget.takeBack(body);
  assert(budget.isIdle);
  const buffers = lent.map(({ buffer }) => buffer);
  for (let i = 0; i < 3; i++) assert(buffers.includes(budget.lend(other())));
  assertEquals(budget.lend(other()), undefined);
});

Deno.test("BodyBudget evicts a stalled body, the oldest first", () => {
  const { budget, lent, evicted, time } = setUp(3);
  time.nowMs = 1_999;
  assertEquals(budget.lend(other()), undefined);
  time.nowMs = 2_000;
  assertEquals(budget.lend(other()), lent[0]?.buffer);
  assertEquals(evicted, [0]);
  budget.takeBack(lent[0]!.body); // It has nothing any more.
  assertEquals(budget.lend(other()), lent[1]?.buffer);
  assertEquals(budget.lend(other()), lent[2]?.buffer);
  assertEquals(budget.lend(other()), undefined);
  assertEquals(evicted, [0, 1, 2]);
});

Deno.test("BodyBudget leaves the rest of its bytes to whole bodies", () => {
  const { budget, lent } = setUp(3);
  assert(budget.takeWhole(11));
  assertFalse(budget.takeWhole(1));
  budget.giveBackWhole(11);
  for (const { body } of lent) budget.takeBack(body);
  assert(budget.isIdle);
});

Deno.test("BodyBudget has room for at least one body", () => {
  const budget = new BodyBudget({ bodyBytesMax: 100, bytesMax: 10 });
  assertEquals(budget.lend(other())?.length, 100);
  assertEquals(budget.lend(other()), undefined);
});
