/** The audit trail of acts that the store did not accept. */

import { assert, assertEquals } from "@std/assert";
import type { Erasure } from "../../lib/store/erasure.ts";
import type { Store } from "../../lib/store/store.ts";
import { delivery } from "../support/deliveries.ts";
import { LocalRig } from "../support/local_rig.ts";

const ACTS: readonly [
  act: string,
  path: string,
  body: object,
  method: keyof Store,
  outcome: false | "failed",
][] = [
  ["hold", "hold", { object: "inq_1", reason: "a" }, "setHolds", false],
  ["release", "release", { object: "inq_2" }, "removeHold", false],
  ["pause", "destinations/app/pause", {}, "setPause", false],
  ["resume", "destinations/app/resume", {}, "setPause", false],
  ["replay", "events/evt_1/replay", {}, "requeue", false],
  ["replay", "replay", { ids: ["evt_1"] }, "requeue", false],
  ["erase", "erase", { object: "inq_1" }, "erase", "failed"],
];

for (const [act, path, body, method, outcome] of ACTS) {
  Deno.test(`a ${act} that the store does not accept is recorded as failed: POST /api/${path}`, async () => {
    await using rig = await LocalRig.make();
    assert((await rig.store.accept(delivery("evt_1"), ["app"])).ok);
    await rig.post("/api/hold", { object: "inq_2", reason: "b" });
    const { store } = rig;
    const accepts = store[method];
    const fail = async (request: Partial<Erasure>) => {
      // A store has an erasure recorded once it found something to erase.
      await request?.record?.(1);
      return outcome;
    };
    Object.assign(store, { [method]: fail });
    const before = (await recordsOf(rig)).length;
    assertEquals((await rig.post(`/api/${path}`, body)).status, 503);
    const [made, failed, ...more] = (await recordsOf(rig)).slice(before);
    assertEquals([made?.act, failed?.act, more], [act, act, []]);
    const detail = made?.detail ? `failed: ${made.detail}` : "failed";
    assertEquals(failed?.detail, detail);
    assertEquals(failed?.subject, made?.subject);
    assertEquals(failed?.by, made?.by);

    Object.assign(store, { [method]: accepts });
    assert((await rig.post(`/api/${path}`, body)).ok);
    const [done, ...others] = (await recordsOf(rig)).slice(before + 2);
    assertEquals([done?.act, done?.detail, others], [act, made?.detail, []]);
  });
}

Deno.test("a replay of what is not there, or not to be delivered, is recorded as failed", async () => {
  await using rig = await LocalRig.make();
  assert((await rig.store.accept(delivery("evt_1"), [])).ok);
  for (const path of ["events/evt_none/replay", "events/evt_1/replay"]) {
    assert(!(await rig.post(`/api/${path}`, {})).ok);
  }
  assertEquals(
    (await recordsOf(rig)).map(({ act, detail }) => [act, detail]),
    [["replay", null], ["replay", "failed"], ["replay", null], [
      "replay",
      "failed",
    ]],
  );
});

function recordsOf({ audit }: LocalRig) {
  return Array.fromAsync(audit.records());
}
