import { assertEquals, assertMatch } from "@std/assert";
import type { EventDetail, InboxObject } from "../../lib/views/api_types.ts";
import type { HoldInfo } from "../../lib/views/hold_info.ts";
import { delivery } from "../support/deliveries.ts";
import { LocalRig } from "../support/local_rig.ts";

Deno.test("POST /api/hold keeps an object from POST /api/erase until POST /api/release", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery("evt_1", { objectId: "inq_1" }));
  const hold = { object: "inq_1", reason: "case 4711", until: "5y" };
  const held = await rig.post("/api/hold", hold);
  const { objects, message } = await held.json();
  assertEquals([held.status, objects], [200, 1]);
  assertMatch(message, /^inq_1 is on hold until \d{4}-.*, 1 object stored/);
  const { holds } = await rig.get<{ holds: HoldInfo[] }>("/api/holds");
  assertEquals(holds.map(({ id, reason }) => [id, reason]), [
    ["inq_1", "case 4711"],
  ]);
  const event = await rig.get<EventDetail>("/api/events/evt_1");
  assertEquals(event.holds, holds);
  assertEquals((await rig.get<InboxObject>("/api/objects/inq_1")).holds, holds);
  const refused = await rig.post("/api/erase", { object: "inq_1" });
  assertEquals(refused.status, 409);
  assertMatch((await refused.json()).message, /inq_1 is on hold until .*4711/);
  const dryRun = { object: "inq_1", dryRun: true };
  const counted = await (await rig.post("/api/erase", dryRun)).json();
  assertEquals([counted.events, counted.held[0].id], [0, "inq_1"]);
  const target = { object: "inq_1" };
  assertEquals((await rig.post("/api/release", target)).status, 200);
  const again = await rig.post("/api/release", target);
  assertEquals(again.status, 409);
  assertMatch((await again.json()).message, /inq_1 is not on hold/);
  assertEquals((await rig.post("/api/erase", target)).status, 200);
  const records = await Array.fromAsync(rig.audit.records());
  const erased = records.pop();
  assertMatch(erased?.detail ?? "", /^erasure 1: 1 event of inq_1$/);
  assertEquals(
    records.map((record) => `${record?.act} ${record?.detail}`.slice(0, 13)),
    ["hold until 20", "erase refused", "release held "],
  );
});

Deno.test("POST /api/hold refuses what it cannot keep", async () => {
  await using rig = await LocalRig.make();
  const object = "inq_1";
  const reason = "a";
  for (
    const [body, fault] of [
      [{ object }, /reason must be/],
      [{ object, reason: " " }, /reason must be/],
      [{ object, reason: "a\nb" }, /reason must be/],
      [{ object, reason: "a\u2028b" }, /reason must be/],
      [{ object, reason: "a".repeat(501) }, /reason must be/],
      [{ object, reason: 7 }, /reason must be/],
      [{ object, reason, until: "2020-01-01" }, /until must be/],
      [{ object, reason, until: 7 }, /until must be/],
      [{ reason }, /give one of object and reference/],
      [{ object, reference: "r", reason }, /give one of/],
      [{ object: "a\tb", reason }, /give one of/],
      [{ account: "act_1", reason }, /each key must be/],
      [[], /must be a JSON object/],
    ] as const
  ) {
    const refused = await rig.post("/api/hold", body);
    const { message } = await refused.json();
    assertEquals(refused.status, 400, message);
    assertMatch(message, fault);
  }
  assertEquals(await rig.get("/api/holds"), { holds: [] });
});
