import { assertEquals, assertMatch } from "@std/assert";
import { PersonEraser } from "../../lib/app/eraser.ts";
import { Turns } from "../../lib/app/turns.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { OpenStore } from "../support/open_store.ts";
import { delivery } from "../support/deliveries.ts";
import { personBody } from "../support/person_event.ts";
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

Deno.test("erase() of what is on hold in part erases nothing, unless it is told to erase the rest", async () => {
  await using rig = await LocalRig.make();
  for (
    const event of [
      { id: "evt_1", objectId: "act_1", name: "account.created" },
      { id: "evt_2", objectId: "inq_1", account: "act_1", reference: "user-7" },
      {
        id: "evt_3",
        objectId: "ver_1",
        name: "verification/selfie.passed",
        inquiry: "inq_1",
      },
    ]
  ) {
    const body = new TextEncoder().encode(personBody(event));
    const one = delivery(event.id, { objectId: event.objectId, body });
    assertEquals((await rig.store.accept(one)).ok, true);
  }
  const erase = async (content: object) => {
    const response = await rig.post("/api/erase", content);
    return { status: response.status, ...await response.json() };
  };
  const hold = { object: "inq_1", reason: "case 4711" };
  assertEquals((await rig.post("/api/hold", hold)).status, 200);
  const targets = [
    { object: "inq_1" },
    { object: "ver_1" },
    { object: "act_1" },
    { account: "act_1" },
    { reference: "user-7" },
  ];
  for (const target of targets) {
    const { status, message } = await erase(target);
    assertEquals(status, 409, JSON.stringify(target));
    assertMatch(message, /^Cannot erase: .*inq_1 is on hold until released: /);
    assertMatch(message, /Nothing was erased.*exceptHeld/);
    const dry = await erase({ ...target, dryRun: true });
    assertEquals([dry.status, dry.events, dry.held.length], [200, 1, 2]);
    assertMatch(dry.message, /^With exceptHeld, would erase 1 event/);
  }
  const reader = rig.store.openReader();
  const left = await reader.list({ isErased: false, limit: 9 });
  assertEquals(left.length, 3);
  reader.close();
  const rest = await erase({ object: "inq_1", exceptHeld: true });
  assertEquals([rest.status, rest.events, rest.held.length], [200, 1, 2]);
  const none = await erase({ object: "ver_1", exceptHeld: true });
  assertEquals(none.status, 409, "all that is left is on hold");
  const wrong = await erase({ object: "ver_1", exceptHeld: 1 });
  assertEquals(wrong.status, 400);
});

Deno.test("a redaction leaves that of what belongs to it pending; the erase command leaves none", async () => {
  const nowMs = 1_760_000_000_000;
  const { audit, eraser, open } = await makeEraser(nowMs);
  const account = { data: { type: "account", id: "act_1" } };
  const data = { relationships: { account } };
  const body = new TextEncoder().encode(
    JSON.stringify({ data: { attributes: { payload: { data } } } }),
  );
  const check = { objectId: "ver_1", objectType: "verification", body };
  await open.accept(delivery("evt_1", check), ["a"]);
  const name = "verification.redacted";
  await open.accept(delivery("evt_2", { ...check, name }), ["a"]);
  await eraser.eraseRedacted({
    seq: 3,
    id: "evt_3",
    objectId: "act_1",
    objectType: "account",
    createdAtMs: nowMs,
  });
  assertEquals(await open.statusesOf("evt_1"), "erased: a erased");
  assertEquals(await open.statusesOf("evt_2"), "pending: a pending");
  const options = { isDryRun: false, by: "test" };
  await eraser.erase({ kind: "object", value: "ver_1" }, options);
  assertEquals(await open.statusesOf("evt_2"), "erased: a erased");
  // The log has an entry for each object, and one for the event.
  assertEquals((await audit.last())?.detail, "erasure 4: 1 event of ver_1");
  assertEquals((await open.reader.erasures()).position, 4);
  await open.close();
});

Deno.test("a redaction that comes first is remembered: what is older and comes later is a tombstone", async () => {
  const createdAtMs = 1_760_000_000_000;
  const nowMs = createdAtMs + 1_000;
  const { audit, eraser, open } = await makeEraser(nowMs);
  const when = { receivedAtMs: nowMs, objectType: "inquiry" };
  const redaction = { ...when, name: "inquiry.redacted", createdAtMs };
  const seq = await open.accept(delivery("evt_2", redaction), ["a"]);
  const objectId = "inq_1";
  await eraser.eraseRedacted({ ...redaction, id: "evt_2", seq, objectId });
  for (const [id, sinceMs] of [["evt_1", -1_000], ["evt_3", 500]] as const) {
    const event = { ...when, createdAtMs: createdAtMs + sinceMs };
    await open.accept(delivery(id, event), ["a"]);
  }
  const statuses = ["evt_1", "evt_2", "evt_3"].map((id) => open.statusesOf(id));
  assertEquals(await Promise.all(statuses), [
    "erased: a erased",
    "pending: a pending",
    "pending: a pending",
  ]);
  assertEquals(await audit.last(), undefined, "nothing was erased");
  await open.close();
});

Deno.test("erase() by a clock that was set back takes what was created before the latest event", async () => {
  const nowMs = 1_760_000_000_000;
  const { eraser, open } = await makeEraser(nowMs - 86_400_000);
  const accept = (id: string, createdAtMs: number, changes = {}) =>
    open.accept(
      delivery(id, {
        createdAtMs,
        receivedAtMs: nowMs,
        secretFingerprint: "f1",
        ...changes,
      }),
      [],
    );
  await accept("evt_1", nowMs - 60_000);
  // What a mistaken clock or nobody in particular says of the time to come counts for nothing.
  await accept("evt_2", nowMs + 3_600_000);
  await accept("evt_3", nowMs + 1_000, { secretFingerprint: null });
  const options = { isDryRun: false, by: "test" };
  await eraser.erase({ kind: "object", value: "inq_1" }, options);
  await accept("evt_late", nowMs - 60_001);
  await accept("evt_new", nowMs - 59_999);
  assertEquals((await open.get("evt_late")).row.status, "erased");
  assertEquals((await open.get("evt_new")).row.status, "none");
  await open.close();
});

for (const aheadMs of [0, 5_000, -5_000, 120_000]) {
  Deno.test(`erase() by a clock that is ${aheadMs} ms ahead of Persona's takes what was created before, and nothing later`, async () => {
    const personaMs = 1_760_000_000_000;
    const { eraser, open } = await makeEraser(personaMs + 60_000 + aheadMs);
    const accept = (id: string, afterMs: number, tookMs: number) => {
      const createdAtMs = personaMs + afterMs;
      const receivedAtMs = createdAtMs + tookMs + aheadMs;
      const times = { createdAtMs, receivedAtMs, secretFingerprint: "f1" };
      return open.accept(delivery(id, times), []);
    };
    await accept("evt_1", 0, 900);
    await accept("evt_2", 20_000, 400);
    const options = { isDryRun: false, by: "test" };
    await eraser.erase({ kind: "object", value: "inq_1" }, options);
    await accept("evt_late", 30_000, 90_000);
    await accept("evt_new", 60_100, 500);
    const statuses = ["evt_1", "evt_2", "evt_late", "evt_new"].map((id) =>
      open.statusesOf(id)
    );
    assertEquals(
      (await Promise.all(statuses)).map((one) => one.split(":")[0]),
      [
        "erased",
        "erased",
        "erased",
        "none",
      ],
    );
    await open.close();
  });
}

/** An eraser of an empty store in memory, whose clock stands. */
async function makeEraser(nowMs: number) {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1 << 20 });
  const open = new OpenStore(store);
  const audit = new MemoryAudit();
  const eraser = new PersonEraser({
    store,
    reader: open.reader,
    subscriptions: createSubscriptions([]),
    clock: { nowMs: () => nowMs },
    audit,
    policy: { retention: [] },
    turns: new Turns(),
  });
  return { audit, eraser, open };
}
