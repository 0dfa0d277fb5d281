import { assertEquals } from "@std/assert";
import { startDeferredErasures } from "../../lib/app/deferred_erasures.ts";
import { PersonEraser } from "../../lib/app/eraser.ts";
import { Turns } from "../../lib/app/turns.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import type { LocalParts } from "../../lib/app/local_app.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { delivery } from "../support/deliveries.ts";
import { FakeTimers } from "../support/fake_timers.ts";
import { OpenStore } from "../support/open_store.ts";
import { turns } from "../support/turns.ts";

const NOW_MS = 1_760_000_000_000;

/** More than a store in memory needs for all that it can do. */
const TURNS = 40;

Deno.test("a redaction that a hold stopped is made up for within a minute of its end", async () => {
  await using rig = await setUp("erase");
  await rig.timers.advance(90_000);
  assertEquals(await rig.status(), "none");
  await rig.timers.advance(60_000);
  assertEquals(await rig.status(), "erased");
});

Deno.test("what is redacted is kept while the settings say so", async () => {
  await using rig = await setUp("keep");
  await rig.timers.advance(600_000);
  assertEquals(await rig.status(), "none");
});

async function setUp(onRedacted: "erase" | "keep") {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1 << 20 });
  const open = new OpenStore(store);
  const timers = new FakeTimers(NOW_MS, () => turns(TURNS));
  await open.accept(delivery("evt_1", { objectId: "inq_1" }));
  const hold = {
    kind: "object",
    token: "inq_1",
    ofToken: null,
    linkToken: null,
    linkKey: null,
    reason: "a",
    byWhom: "b",
    atMs: NOW_MS,
    untilMs: NOW_MS + 100_000,
  } as const;
  await store.setHolds([hold]);
  const { clock } = timers;
  const eraser = new PersonEraser({
    store,
    reader: open.reader,
    subscriptions: createSubscriptions([]),
    clock,
    audit: new MemoryAudit(),
    policy: { retention: [] },
    turns: new Turns(),
  });
  const event = { seq: 2, id: "evt_9", objectId: "inq_1" };
  const redaction = { ...event, objectType: "inquiry", createdAtMs: null };
  const { held } = await eraser.eraseRedacted(redaction);
  assertEquals(held.map(({ id }) => id), ["inq_1"]);
  const logger = { log() {} };
  const parts = { config: { onRedacted }, eraser, logger } as unknown;
  const stop = startDeferredErasures(() => parts as LocalParts, timers);
  return {
    timers,
    status: async () => (await open.get("evt_1")).row.status,
    async [Symbol.asyncDispose]() {
      await stop();
      await open.close();
    },
  };
}
