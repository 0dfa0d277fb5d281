import { assertEquals } from "@std/assert";
import { delivery } from "../support/deliveries.ts";
import { LocalRig } from "../support/local_rig.ts";

Deno.test("erase() finds what the index of references is far from having", async () => {
  await using rig = await LocalRig.make();
  const body = { data: { attributes: { "reference-id": "user-7" } } };
  const named = delivery("evt_named", {
    objectId: "inq_named",
    body: new TextEncoder().encode(JSON.stringify(body)),
  });
  const before = Array.from({ length: 2_500 }, (_, i) => delivery(`evt_${i}`));
  const stored = [...before, named].map((one) => rig.store.accept(one));
  await Promise.all(stored);
  const erased = await rig.post("/api/erase", { reference: "user-7" });
  const { objects, events } = await erased.json();
  assertEquals([erased.status, events], [200, 1]);
  assertEquals(objects.map(({ id }: { id: string }) => id), ["inq_named"]);
  await rig.post("/api/erase", { object: "evt_1", dryRun: true });
  const metrics = await (await rig.fetch("/metrics")).text();
  const counted = /payloads_erased_total\{cause="command"\} (\d+)/.exec(
    metrics,
  );
  assertEquals(counted?.[1], "1");
});
