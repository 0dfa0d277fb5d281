import { pathTo } from "../../lib/web/api.js";
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Delivery } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { LocalRig, type LocalSetup, NOW_MS } from "../support/local_rig.ts";
import { bytesOf, CANARY, eventText } from "../support/signed_delivery.ts";

interface Listed {
  readonly events: readonly {
    readonly id: string;
    readonly dispatches: readonly { destination: string; status: string }[];
  }[];
  readonly cursor: string | null;
}

const SENT: readonly Delivery[] = [
  delivery("evt_0", { name: "inquiry.created", objectId: "inq_1" }),
  delivery("evt_1", { name: "inquiry.approved", objectId: "inq_1" }),
  delivery("evt_2", { name: "report/watchlist.ready", objectId: "rep/1 é" }),
  delivery("evt_3", { name: "inquiry.expired", objectId: null }),
].map((one, i) => ({ ...one, receivedAtMs: NOW_MS - (4 - i) * 60_000 }));

/** Four events: `evt_1` is done, `evt_2` pending, `evt_3` dead. */
async function rigWithEvents(): Promise<LocalRig> {
  const rig = await LocalRig.make();
  for (const [i, one] of SENT.entries()) {
    const seq = await rig.open.accept(one, i === 0 ? [] : ["app"]);
    const status = ["none", "done", "pending", "dead"][i];
    if (status === "done" || status === "dead") {
      await rig.open.record(attempt({ seq, destination: "app" }, { status }));
    }
  }
  return rig;
}

async function idsOf(rig: LocalRig, query: string): Promise<string> {
  const { events } = await rig.get<Listed>(`/api/events?${query}`);
  return events.map(({ id }) => id.slice(4)).join("");
}

Deno.test("GET /api/events filters by its parameters", async () => {
  await using rig = await rigWithEvents();
  const object = encodeURIComponent("rep/1 é");
  const since = new Date(NOW_MS - 150_000).toISOString();
  const table: [query: string, expected: string][] = [
    ["", "3210"],
    ["name=inquiry.*", "310"],
    ["name=inquiry.created&name=report/*", "20"],
    ["object=inq_1", "10"],
    [`object=${object}`, "2"],
    ["object=inq_none", ""],
    ["status=none", "0"],
    ["status=done", "1"],
    ["status=pending", "2"],
    ["status=dead", "3"],
    ["since=90s", "3"],
    ["since=2m", "32"],
    [`since=${since}`, "32"],
    [`until=${since}`, "10"],
    ["since=3m&until=2m", "21"],
    ["since=2m&until=2m", "2"],
    ["since=1h&name=inquiry.*&object=inq_1&status=done&limit=5", "1"],
    ["limit=2", "32"],
    ["limit=1001", "3210"],
    ["limit=100000", "3210"],
    ["cursor=3", "10"],
    ["cursor=999", "3210"],
  ];
  for (const [query, expected] of table) {
    assertEquals(await idsOf(rig, query), expected, query);
  }
});

Deno.test("GET /api/events reports invalid parameters", async () => {
  await using rig = await rigWithEvents();
  const names =
    "name, object, reference, destination, status, since, until, cursor, limit";
  const unknown = `Cannot answer: each parameter must be one of ${names}`;
  const status =
    "Cannot use status as it must be one of pending, done, dead, erased, none";
  const time = "it must be like 90s, 30m, 1h, 7d or an ISO time";
  const limit =
    "Cannot use limit as it must be a whole number from 1 to 100000";
  const cursor =
    "Cannot use cursor as it must be one that an earlier list ended with";
  const name =
    "Cannot use name as it must be an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *";
  const object = "Cannot use object as it must be an id";
  const table: [query: string, message: string][] = [
    ["q=1", unknown],
    ["Name=a", unknown],
    ["names=a", unknown],
    ["=", unknown],
    ["__proto__=1", unknown],
    ["token=abcdefghijklmnop", unknown],
    ["a=1&b=2", unknown],
    ["status=open", status],
    ["status=Dead", status],
    ["status=", status],
    ["status=dead&status=done", "Cannot use status as it must be given once"],
    ["since=yesterday", `Cannot use since as ${time}`],
    ["since=", `Cannot use since as ${time}`],
    ["since=-1h", `Cannot use since as ${time}`],
    ["until=1", `Cannot use until as ${time}`],
    ["until=2025-99-99", `Cannot use until as ${time}`],
    ["limit=0", limit],
    ["limit=100001", limit],
    ["limit=-1", limit],
    ["limit=1.5", limit],
    ["limit=1e2", limit],
    ["limit=", limit],
    ["limit=00005", limit],
    ["limit=9999999999999999999", limit],
    ["cursor=", cursor],
    ["cursor=0", cursor],
    ["cursor=-1", cursor],
    ["cursor=abc", cursor],
    ["cursor=1;drop", cursor],
    [`cursor=${"9".repeat(16)}`, cursor],
    ["object=", object],
    [`object=${"x".repeat(256)}`, object],
    ["object=a%00b", object],
    ["name=", name],
    ["name=*.%5Ba-z%5D", name],
    ["name=a.b&name=a b", name],
    [`name=${"x".repeat(256)}`, name],
    ["name=a&".repeat(101), "Cannot use name as it must be a list of 1 to 100"],
    ["limit=0&status=x", `${status}; ${limit}`],
    [
      "since=2m&until=3m",
      "Cannot use since as it must not be after until",
    ],
  ];
  for (const [query, message] of table) {
    const response = await rig.fetch(`/api/events?${query}`);
    assertEquals(response.status, 400, query);
    const answer = await response.json();
    assertEquals(answer, { success: false, message }, query);
  }
});

Deno.test("GET /api/events shows the fields of an event", async () => {
  await using rig = await LocalRig.make();
  const one = delivery("evt_1", { secretFingerprint: null, createdAtMs: null });
  const seq = await rig.open.accept(one, ["notify", "app"]);
  await rig.open.record(attempt({ seq, destination: "app" }));
  assertEquals(await rig.get("/api/events"), {
    events: [{
      seq: 1,
      id: "evt_1",
      name: "inquiry.approved",
      objectType: "inquiry",
      objectId: "inq_1",
      createdAt: null,
      receivedAt: "2025-06-15T15:06:40.456Z",
      duplicates: 0,
      duplicatesDiffering: 0,
      status: "pending",
      signature: "unsigned",
      secretFingerprint: null,
      attemptsMade: 1,
      attemptsLeft: 7,
      firstAttemptedAt: "2025-06-15T15:06:40.000Z",
      dispatches: [
        { destination: "app", status: "done", dueAt: null, attemptCount: 1 },
        {
          destination: "notify",
          status: "pending",
          dueAt: "2025-06-15T15:06:40.456Z",
          attemptCount: 0,
        },
      ],
    }],
    cursor: null,
  });
});

Deno.test("GET /api/events pages consistently while events arrive", async () => {
  await using rig = await LocalRig.make();
  for (const one of deliveries(25)) await rig.open.accept(one);
  for (const limit of [1, 5, 7, 24, 25, 26]) {
    const found: string[] = [];
    let cursor: string | null = "";
    let pages = 0;
    while (cursor !== null) {
      const next: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page: Listed = await rig.get(
        `/api/events?limit=${limit}${next}&object=inq_1`,
      );
      found.push(...page.events.map(({ id }) => id));
      ({ cursor } = page);
      pages++;
      await rig.open.accept(delivery(`evt_late_${limit}_${pages}`));
    }
    const before = found.filter((id) => !id.includes("late"));
    const expected = deliveries(25).map(({ id }) => id).reverse();
    assertEquals(before, expected, `pages of ${limit}`);
    assertEquals(found.length, new Set(found).size);
  }
});

Deno.test("GET /api/events returns at most 1000 events a page", async () => {
  await using rig = await LocalRig.make();
  await Promise.all(deliveries(1_002).map((one) => rig.store.accept(one)));
  for (const limit of [1_000, 1_001, 100_000]) {
    const path = `/api/events?limit=${limit}`;
    const first = await rig.get<Listed>(path);
    assertEquals([first.events.length, first.cursor], [1_000, "3"]);
    const rest = await rig.get<Listed>(`${path}&cursor=${first.cursor}`);
    assertEquals([rest.events.length, rest.cursor], [2, null]);
  }
});

Deno.test("GET /api/events returns 50 events by default", async () => {
  await using rig = await LocalRig.make();
  for (const one of deliveries(51)) await rig.open.accept(one);
  const { events, cursor } = await rig.get<Listed>("/api/events");
  assertEquals([events.length, cursor], [50, "2"]);
});

/** A rig with one event that holds a canary, as does what a destination said. */
async function rigWithCanary(setup: LocalSetup = {}): Promise<LocalRig> {
  const rig = await LocalRig.make(setup);
  const body = bytesOf(eventText("evt_1"));
  const seq = await rig.open.accept(delivery("evt_1", { body }), ["app"]);
  await rig.open.record(attempt({ seq, destination: "app" }, {
    status: "pending",
    outcome: "status",
    code: 500,
    output: `no such person: ${CANARY}`,
    dueAtMs: NOW_MS,
    failures: 1,
  }));
  return rig;
}

Deno.test("GET /api/events/{id} masks the body and the outputs of attempts", async () => {
  await using rig = await rigWithCanary();
  const response = await rig.fetch("/api/events/evt_1");
  const text = await response.text();
  assert(!/Canary|Döe|1990/.test(text), text);
  const shown = JSON.parse(text);
  assertEquals(shown.id, "evt_1");
  assertEquals(shown.contentType, "application/json");
  assertEquals(shown.isRevealed, false);
  const { data } = shown.body.data.attributes.payload;
  assertEquals(data.attributes, {
    status: "approved",
    note: `<string ${CANARY.length}>`,
  });
  const [dispatch] = shown.dispatches;
  assertEquals(dispatch.status, "pending");
  const [first] = dispatch.attempts;
  assertEquals([first.number, first.outcome, first.code], [1, "status", 500]);
  assertMatch(first.output, /^<string \d+>$/);
  assertEquals(rig.logged, []);
});

Deno.test("GET /api/events/{id} reveals on request and logs it", async () => {
  await using rig = await rigWithCanary();
  const response = await rig.fetch("/api/events/evt_1?reveal=1");
  const text = await response.text();
  assert(text.includes(eventText("evt_1")), "exactly as received");
  const shown = JSON.parse(text);
  assertEquals(shown.isRevealed, true);
  const [{ attempts }] = shown.dispatches;
  assertEquals(attempts[0].output, `no such person: ${CANARY}`);
  assertEquals(rig.logged as unknown[], [
    { msg: "revealed", requestId: "request-0", eventId: "evt_1" },
  ]);
});

Deno.test("GET /api/events/{id} reveals by default in development", async () => {
  await using rig = await rigWithCanary({ isRevealing: true });
  const text = await (await rig.fetch("/api/events/evt_1")).text();
  assert(text.includes(eventText("evt_1")));
  assertEquals(JSON.parse(text).isRevealed, true);
  assertEquals(rig.logged, []);
});

Deno.test("GET /api/events/{id} accepts reveal=1 and nothing else", async () => {
  await using rig = await rigWithCanary();
  const value =
    "Cannot show event as the only parameter must be reveal=1 or reveal=tokens";
  const unknown = "Cannot answer: each parameter must be one of reveal";
  const table: [query: string, message: string][] = [
    ["reveal", value],
    ["reveal=", value],
    ["reveal=0", value],
    ["reveal=true", value],
    ["reveal=1&reveal=1", value],
    ["reveal=1,reveal", value],
    ["reveal=1&x=1", unknown],
    ["Reveal=1", unknown],
    ["x=1", unknown],
  ];
  for (const [query, message] of table) {
    const response = await rig.fetch(`/api/events/evt_1?${query}`);
    assertEquals(response.status, 400, query);
    assertEquals(await response.json(), { success: false, message }, query);
  }
  assertEquals(rig.logged, []);
});

Deno.test("GET /api/events/{id} finds any id", async () => {
  await using rig = await LocalRig.make();
  const ids = [
    "evt_1",
    "a/b",
    "a b",
    "é🗝",
    "%41",
    "a?b",
    "a#b",
    "+",
    "a%2Fb",
    ".",
    "..",
    "...",
    "%2E",
  ];
  for (const id of ids) {
    await rig.open.accept(delivery(id, { body: bytesOf("{}") }));
  }
  for (const id of ids) {
    assertEquals((await rig.get<{ id: string }>(pathTo("events", id))).id, id);
  }
  for (const id of ["EVT_1", "evt_1 ", "*", "A"]) {
    for (const query of ["", "?reveal=1"]) {
      const path = `/api/events/${encodeURIComponent(id)}${query}`;
      const response = await rig.fetch(path);
      assertEquals(response.status, 404, id);
      const message = "No such event";
      assertEquals(await response.json(), { success: false, message });
    }
  }
  assertEquals(rig.logged, []);
});

Deno.test("GET /api/events/{id} shows the rest if a body is too deep to be masked", async () => {
  await using rig = await LocalRig.make();
  const depth = 200_000;
  const text = `${"[".repeat(depth)}"Canary"${"]".repeat(depth)}`;
  const one = delivery("evt_1", { body: bytesOf(text) });
  const seq = await rig.open.accept(one, ["app"]);
  const output = "no such person: Canary";
  await rig.open.record(attempt({ seq, destination: "app" }, { output }));
  const response = await rig.fetch("/api/events/evt_1");
  assertEquals(response.status, 200);
  const shown = await response.json();
  assertEquals([shown.id, shown.status], ["evt_1", "done"]);
  assertEquals([shown.contentType, shown.isRevealed], [
    "application/json",
    false,
  ]);
  assertEquals(
    shown.body,
    "<nested too deeply to be masked: shown with --reveal or reveal=1>",
  );
  const [{ destination, attempts }] = shown.dispatches;
  assertEquals([destination, attempts.length], ["app", 1]);
  assert(!attempts[0].output.includes("Canary"), attempts[0].output);
  const revealed = await rig.fetch("/api/events/evt_1?reveal=1");
  assert((await revealed.text()).includes(text));
});

Deno.test("a reveal logs no name in the place of an id", async () => {
  await using rig = await LocalRig.make();
  await rig.open.accept(delivery(CANARY, { body: bytesOf("{}") }));
  const path = `/api/events/${encodeURIComponent(CANARY)}?reveal=1`;
  await rig.get(path);
  assert(!JSON.stringify(rig.logged).includes("Canary"));
});

/** An event of an object with a status of its own. */
function statusEvent(
  id: string,
  createdAtMs: number | null,
  status: unknown,
): Delivery {
  const attributes = status === undefined ? {} : { status };
  const data = { type: "inquiry", id: "inq_1", attributes };
  const event = { name: "inquiry.x", payload: { data } };
  const body = JSON.stringify({
    data: { type: "event", id, attributes: event },
  });
  return delivery(id, { createdAtMs, body: bytesOf(body) });
}

Deno.test("GET /api/objects/{id} orders by created-at", async () => {
  const table: [
    events: [createdAtMs: number | null, status: unknown][],
    order: string,
    status: string | null,
  ][] = [
    [[[30, "approved"], [10, "created"], [20, "pending"]], "120", "approved"],
    [[[10, "a"], [10, "b"]], "01", "b"],
    // Without a created-at it is where it was received.
    [[[null, "late"], [10, "early"]], "10", "late"],
    [[[10, "approved"], [20, undefined], [30, null]], "012", "approved"],
    [[[10, undefined]], "0", null],
    [[[10, 7]], "0", null],
    [[[10, CANARY]], "0", `<string ${CANARY.length}>`],
    [[[10, "needs_review"]], "0", "needs_review"],
  ];
  for (const [events, order, status] of table) {
    await using rig = await LocalRig.make();
    for (const [i, [createdAtMs, status]] of events.entries()) {
      const seq = await rig.open.accept(
        statusEvent(`evt_${i}`, createdAtMs, status),
        i === 0 ? ["app"] : [],
      );
      assertEquals(seq, i + 1);
    }
    await rig.open.accept(delivery("evt_x", { objectId: "inq_2" }));
    const shown = await rig.get<
      & Listed
      & Record<"id" | "type" | "status", string | null>
    >("/api/objects/inq_1");
    assertEquals([shown.id, shown.type], ["inq_1", "inquiry"]);
    const ids = shown.events.map(({ id }) => id.slice(4)).join("");
    assertEquals([ids, shown.status], [order, status]);
    const first = shown.events.find(({ id }) => id === "evt_0");
    assertEquals(first?.dispatches.map(({ destination }) => destination), [
      "app",
    ]);
  }
});

Deno.test("GET /api/objects/{id} finds any id and answers 404 for an unknown one", async () => {
  await using rig = await LocalRig.make();
  for (const objectId of ["a/b", "é 🗝", "%41", ".", ".."]) {
    await rig.open.accept(delivery(`evt_${objectId}`, { objectId }));
    const path = pathTo("objects", objectId);
    assertEquals((await rig.get<{ id: string }>(path)).id, objectId);
  }
  for (const id of ["A", "*", "null"]) {
    const response = await rig.fetch(`/api/objects/${id}`);
    assertEquals(response.status, 404, id);
    const message = "No such object";
    assertEquals(await response.json(), { success: false, message });
  }
});

Deno.test("POST /api/events/{id}/replay accepts ids that no path can hold", async () => {
  await using rig = await LocalRig.make();
  for (const id of [".", ".."]) {
    await rig.open.accept(delivery(id));
    const path = pathTo("events", id, { action: "/replay" });
    const response = await rig.fetch(path, { method: "POST" });
    // Not 404, nor the answer of another route: it has no destination.
    assertEquals(response.status, 409, id);
    await response.body?.cancel();
  }
});

Deno.test("routes take the beginning of an id, if it is that of one", async () => {
  await using rig = await rigWithEvents();
  await rig.open.accept({ ...delivery("evt_30"), objectId: "inq_2" });
  const event = await rig.get<{ id: string }>("/api/events/evt_2");
  assertEquals(event.id, "evt_2");
  const { id } = await rig.get<{ id: string }>("/api/events/evt_30");
  assertEquals(id, "evt_30");
  const object = await rig.get<{ id: string }>("/api/objects/rep");
  assertEquals(object.id, "rep/1 é");
  assertEquals(await idsOf(rig, "object=rep"), "2");
  for (const path of ["/api/events/evt_", "/api/objects/inq_"]) {
    const response = await rig.fetch(path);
    assertEquals(response.status, 400);
    const { message } = await response.json();
    assertMatch(
      message,
      /^Several ids begin with \w+_: .*Give more characters$/,
    );
  }
  const several = await rig.fetch("/api/events?object=inq_");
  assertEquals([
    several.status,
    await several.json().then(({ message }) => message.slice(0, 26)),
  ], [400, "Several ids begin with inq"]);
  const replayed = await rig.post("/api/events/evt_2/replay", {});
  assertEquals(replayed.status, 202);
  const listed = await rig.post("/api/replay", { ids: ["evt_2", "evt_30"] });
  assertEquals(listed.status, 202);
});
