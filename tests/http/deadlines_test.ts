import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../lib/http/deadlines.ts";

const LIMIT_MS = 32;

/** Resolves when the time of a new task is up. */
function expiry(deadlines: Deadlines): Promise<number> {
  return new Promise((resolve) => {
    const place: number = deadlines.start(() => resolve(place));
  });
}

Deno.test("Deadlines calls back once at the deadline and not before", async () => {
  const deadlines = new Deadlines(LIMIT_MS);
  const startedAtMs = performance.now();
  let calls = 0;
  const place = deadlines.start(() => calls++);
  await expiry(deadlines);
  await expiry(deadlines);
  assertEquals(calls, 1);
  assert(performance.now() - startedAtMs >= LIMIT_MS);
  deadlines.end(place);
});

Deno.test("Deadlines removes a finished task", async () => {
  const deadlines = new Deadlines(LIMIT_MS);
  let calls = 0;
  const count = () => calls++;
  const places = Array.from({ length: 100 }, () => deadlines.start(count));
  for (const place of places) deadlines.end(place);
  await expiry(deadlines);
  assertEquals(calls, 0);
});

Deno.test("Deadlines leaves no timer behind once no task is running", async () => {
  // The sanitizer looks after this; neither task that expired is ever over.
  const deadlines = new Deadlines(LIMIT_MS);
  const first = expiry(deadlines);
  deadlines.end(deadlines.start(() => {}));
  await Promise.all([first, expiry(deadlines)]);
});

Deno.test("Deadlines keeps the deadline of each task when slots are reused", async () => {
  const deadlines = new Deadlines(LIMIT_MS);
  const expired: string[] = [];
  const task = (name: string) => deadlines.start(() => expired.push(name));
  deadlines.end(task("over at once"));
  const late = task("late");
  await expiry(deadlines);
  assertEquals(expired, ["late"]);
  deadlines.end(late);
  const again = task("again");
  const other = task("other");
  assert(again !== other);
  deadlines.end(other);
  await expiry(deadlines);
  assertEquals(expired, ["late", "again"]);
});

Deno.test("Deadlines lets a callback start the next task", async () => {
  const deadlines = new Deadlines(LIMIT_MS);
  const { promise, resolve } = Promise.withResolvers<void>();
  deadlines.start(() => deadlines.start(resolve));
  await promise;
});

Deno.test("Deadlines.limit() returns the result or, at the deadline, its replacement", async () => {
  const deadlines = new Deadlines(LIMIT_MS);
  const late = () => "late";
  assertEquals(await deadlines.limit(Promise.resolve("done"), late), "done");
  const failed = deadlines.limit(Promise.reject(new RangeError("no")), late);
  await assertRejects(() => failed, RangeError);
  const slow = Promise.withResolvers<string>();
  assertEquals(await deadlines.limit(slow.promise, late), "late");
  slow.reject(new RangeError("too late to matter"));
  await assertRejects(() => slow.promise);
});
