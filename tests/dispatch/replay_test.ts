import { assertEquals, assertRejects } from "@std/assert";
import { replay } from "../../lib/dispatch/replay.ts";
import { StoreError } from "../../lib/errors.ts";
import type { Requeue, StoreChange } from "../../lib/store/store.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { OpenStore } from "../support/open_store.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";

Deno.test("replay() tells of what is stored when the rest cannot be", async () => {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1_024 });
  const open = new OpenStore(store);
  for (const one of deliveries(3)) await open.accept(one);
  const known = [3, 2].map((seq) => ({ seq, destination: "a" }));
  const others = Array.from(
    { length: 2_000 },
    (_, n) => ({ seq: n === 1_998 ? 1 : 1_000 + n, destination: "a" }),
  );
  const keys = [...known, ...others];
  let pages = 0;
  const failing = {
    requeue: (requeue: Requeue) =>
      ++pages > 1 ? Promise.resolve(false) : store.requeue(requeue),
  };
  const changes: StoreChange[] = [];
  store.onChange((change) => void changes.push(change));
  const deps = {
    store: failing,
    clock: new FakeClock(delivery("evt_1").receivedAtMs),
  };
  const plan = { keys, isAgain: true };
  await assertRejects(() => replay(plan, deps), StoreError);
  assertEquals(changes.splice(0), [{ fromSeq: 2 }]);
  assertEquals(await open.pendingCounts(), { a: 2 });

  pages = 1;
  await assertRejects(() => replay(plan, deps), StoreError);
  assertEquals(changes, [], "nothing was stored");
  await open.close();
});
