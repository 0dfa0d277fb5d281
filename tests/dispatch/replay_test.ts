import { assert, assertEquals, assertRejects } from "@std/assert";
import { createReplayer } from "../../lib/dispatch/replay.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import type { EventFilter } from "../../lib/store/event_filter.ts";
import type { EventReader } from "../../lib/store/event_reader.ts";
import { StoreError } from "../../lib/errors.ts";
import type { Requeue, StoreChange } from "../../lib/store/store.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { OpenStore } from "../support/open_store.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";

Deno.test("a replay tells of what is stored when the rest cannot be", async () => {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1_024 });
  const open = new OpenStore(store);
  for (const one of deliveries(3)) await open.accept(one);
  const [first] = await open.reader.list({ limit: 1 });
  assert(first);
  // Those of the second page are not stored; the other ones do not exist.
  const seqs = [3, 2, ...Array.from({ length: 2_000 }, (_, n) => 1_000 + n)];
  seqs[2_000] = 1;
  const rows = seqs.map((seq) => ({ ...first, seq, id: `evt_${seq}` }));
  const reader: EventReader = Object.create(open.reader, {
    list: {
      value: ({ beforeSeq, limit }: EventFilter) => {
        const start = beforeSeq === undefined ? 0 : seqs.indexOf(beforeSeq) + 1;
        return Promise.resolve(rows.slice(start, start + (limit ?? 0)));
      },
    },
    dispatches: { value: () => Promise.resolve(new Map()) },
  });
  let pages = 0;
  const failing = {
    requeue: (requeue: Requeue) =>
      ++pages > 1 ? Promise.resolve(false) : store.requeue(requeue),
  };
  const changes: StoreChange[] = [];
  store.onChange((change) => void changes.push(change));
  const replay = createReplayer({
    reader,
    store: failing,
    subscriptions: createSubscriptions([
      { name: "a", events: ["*"], filter: null },
    ]),
    destinations: ["a"],
    clock: new FakeClock(delivery("evt_1").receivedAtMs),
  });
  await assertRejects(() => replay({ isAgain: true }), StoreError);
  assertEquals(changes.splice(0), [{ fromSeq: 2 }]);
  assertEquals(await open.pendingCounts(), { a: 2 });

  pages = 1;
  await assertRejects(() => replay({ isAgain: true }), StoreError);
  assertEquals(changes, [], "nothing was stored");
  await open.close();
});
