import { assert, assertEquals } from "@std/assert";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { LocalRig, NOW_MS } from "../support/local_rig.ts";

/** `evt_0` done at both, `evt_1` dead at app, `evt_2` not wanted at notify. */
async function rigWithEvents(): Promise<LocalRig> {
  const rig = await LocalRig.make();
  for (let i = 0; i < 3; i++) {
    const name = i === 2 ? "report/watchlist.ready" : "inquiry.approved";
    const receivedAtMs = NOW_MS - (3 - i) * 60_000;
    const one = delivery(`evt_${i}`, { name, receivedAtMs, createdAtMs: null });
    const names = i === 2 ? ["app"] : ["app", "notify"];
    const seq = await rig.open.accept(one, names);
    for (const destination of names) {
      const isDead = i === 1 && destination === "app";
      const status = isDead ? "dead" : "done";
      await rig.open.record(attempt({ seq, destination }, { status }));
    }
  }
  return rig;
}

/** What is pending, as `app 1 2, notify 1`. */
async function pendingOf(rig: LocalRig): Promise<string> {
  const texts: string[] = [];
  for (const destination of ["app", "notify"]) {
    const pending = await rig.open.pending(destination);
    if (pending.length === 0) continue;
    for (const { dueAtMs } of pending) assertEquals(dueAtMs, NOW_MS);
    texts.push([destination, ...pending.map(({ seq }) => seq)].join(" "));
  }
  return texts.join(", ");
}

Deno.test("POST /api/events/{id}/replay dispatches what is unfinished, and all with again", async () => {
  const replaying = (
    destinations: Record<string, number>,
  ): [status: number, answer: Record<string, unknown>] => {
    const dispatches = Object.keys(destinations).length;
    const noun = dispatches === 1 ? "dispatch" : "dispatches";
    const message = `Replaying 1 event in ${dispatches} ${noun}`;
    return [202, {
      success: true,
      message,
      events: 1,
      dispatches,
      destinations,
      unknownIds: [],
    }];
  };
  const refused = (status: number, message: string) =>
    [status, { success: false, message }] as const;
  const finished = refused(
    409,
    'Nothing to replay: no dispatch of this event is pending or dead. Send "again": true to deliver it again',
  );
  const nowhere = refused(
    409,
    "Cannot replay: no destination receives this event",
  );
  const again = true;
  const table: [
    id: string,
    body: unknown,
    expected: readonly [status: number, answer: Record<string, unknown>],
    pending: string,
  ][] = [
    ["evt_0", undefined, finished, ""],
    ["evt_0", {}, finished, ""],
    ["evt_0", { again: false }, finished, ""],
    ["evt_0", { again }, replaying({ app: 1, notify: 1 }), "app 1, notify 1"],
    ["evt_0", { again, destination: "app" }, replaying({ app: 1 }), "app 1"],
    ["evt_1", undefined, replaying({ app: 1 }), "app 2"],
    ["evt_1", { destination: "notify" }, finished, ""],
    [
      "evt_1",
      { again, destination: "notify" },
      replaying({ notify: 1 }),
      "notify 2",
    ],
    ["evt_2", { again, destination: "notify" }, nowhere, ""],
    ["evt_9", undefined, refused(404, "No such event"), ""],
  ];
  for (const [id, body, expected, pending] of table) {
    await using rig = await rigWithEvents();
    const response = await rig.post(`/api/events/${id}/replay`, body);
    assertEquals([response.status, await response.json()], expected);
    assertEquals(await pendingOf(rig), pending);
    assertEquals(rig.woken.length, pending === "" ? 0 : 1);
  }
});

Deno.test("POST /api/events/{id}/replay reports missing destinations", async () => {
  await using rig = await LocalRig.make({ destinations: [] });
  await rig.open.accept(delivery("evt_1"));
  const table: [body: unknown, status: number, message: string][] = [
    [
      { again: true },
      409,
      "Cannot replay: no destination receives this event",
    ],
    [
      { destination: "app" },
      400,
      'Unknown destination "app". There are none: set INBOX_FORWARD_URL, or "destinations" in inbox.json',
    ],
  ];
  for (const [body, status, message] of table) {
    const response = await rig.post("/api/events/evt_1/replay", body);
    assertEquals(response.status, status);
    assertEquals(await response.json(), { success: false, message });
  }
});

Deno.test("POST /api/events/{id}/replay sends once to a given URL", async () => {
  await using rig = await rigWithEvents();
  let status = 200;
  await using receiver = new EchoReceiver(() =>
    new Response("secret answer", { status })
  );
  const post = async (id: string, body: unknown) => {
    const response = await rig.post(`/api/events/${id}/replay`, body);
    return [response.status, await response.json()] as const;
  };
  const to = receiver.url;
  const [ok, sent] = await post("evt_0", { to });
  assertEquals([ok, sent.success, sent.outcome, sent.code], [
    200,
    true,
    "ok",
    200,
  ]);
  const [request] = receiver.received;
  assertEquals(request?.headers.get("idempotency-key"), "evt_0");
  assert(request?.headers.has("persona-signature"));
  status = 500;
  const [failed, refused] = await post("evt_0", { to });
  assertEquals([failed, refused.success, refused.outcome, refused.code], [
    502,
    false,
    "status",
    500,
  ]);
  assertEquals((await post("evt_9", { to }))[0], 404);
  for (const body of [{ to, again: true }, { to, destination: "app" }]) {
    assertEquals((await post("evt_0", body))[0], 400);
  }
  for (const to of ["ftp://x/", "x", 5, "http://u:p@x/"]) {
    assertEquals((await post("evt_0", { to }))[0], 400, String(to));
  }
  assertEquals(receiver.received.length, 2);
  const { dispatches } = await rig.open.get("evt_0");
  assertEquals(dispatches.map(({ status }) => status), ["done", "done"]);
  assertEquals([await pendingOf(rig), rig.woken], ["", []]);
  const logged = rig.logged.filter(({ msg }) => msg === "sent once");
  assertEquals(logged.length, 2);
  const text = JSON.stringify([sent, refused, logged]);
  assert(!/webhook|secret answer/.test(text), text);
});

Deno.test("POST /api/replay dispatches the selected events", async () => {
  const table: [
    body: Record<string, unknown>,
    counts: [events: number, dispatches: number],
    pending: string,
    unknownIds?: string[],
  ][] = [
    [{ since: "1h" }, [1, 1], "app 2"],
    [{ ids: ["evt_0", "evt_1", "evt_2"], again: false }, [1, 1], "app 2"],
    [{ dead: true, again: true }, [1, 2], "app 2, notify 2"],
    [{ ids: ["evt_0", "evt_2"], again: true }, [2, 3], "app 1 3, notify 1"],
    [{ ids: ["evt_1", "evt_1"], again: true }, [1, 2], "app 2, notify 2"],
    [{ ids: ["evt_0", "evt_x"], again: true }, [1, 2], "app 1, notify 1", [
      "evt_x",
    ]],
    [{ ids: ["evt_x"], again: true }, [0, 0], "", ["evt_x"]],
    [{ ids: "evt_x", again: true }, [0, 0], "", ["evt_x"]],
    [{ dead: true }, [1, 1], "app 2"],
    [{ dead: true, destination: "notify" }, [0, 0], ""],
    [{ since: "2m", again: true }, [2, 3], "app 2 3, notify 2"],
    [{ until: "3m", again: true }, [1, 2], "app 1, notify 1"],
    [{ since: "2m", until: "2m", again: true }, [1, 2], "app 2, notify 2"],
    [{ since: "1h", name: "report/*", again: true }, [1, 1], "app 3"],
    [{ since: "1h", name: ["report/*"], again: true }, [1, 1], "app 3"],
    [
      { since: "1h", name: ["a.b", "inquiry.*"], again: true },
      [2, 4],
      "app 1 2, notify 1 2",
    ],
    [
      { object: "inq_1", destination: "app", again: true },
      [3, 3],
      "app 1 2 3",
    ],
    [{ since: "1h", object: "inq_2", again: true }, [0, 0], ""],
    [
      {
        since: new Date(NOW_MS - 61_000).toISOString(),
        dead: false,
        again: true,
      },
      [1, 1],
      "app 3",
    ],
  ];
  for (const [body, [events, dispatches], pending, unknownIds = []] of table) {
    await using rig = await rigWithEvents();
    const about = JSON.stringify(body);
    const destinations = Object.fromEntries(
      pending.split(", ").filter(Boolean).map((one) => {
        const [name, ...seqs] = one.split(" ");
        return [name, seqs.length];
      }),
    );
    const counts = { events, dispatches, destinations, unknownIds };
    const dry = await rig.post("/api/replay", { ...body, dryRun: true });
    assertEquals(dry.status, 200, about);
    const { message: wouldSay, ...would } = await dry.json();
    assertEquals(would, { success: true, ...counts }, about);
    assertEquals([await pendingOf(rig), rig.woken], ["", []], about);

    const response = await rig.post("/api/replay", body);
    assertEquals(response.status, 202, about);
    const { message: says, ...does } = await response.json();
    assertEquals(does, { success: true, ...counts }, about);
    assertEquals(says.replace("Replaying", "Would replay"), wouldSay);
    assertEquals(await pendingOf(rig), pending, about);
    assertEquals(rig.woken.length, pending === "" ? 0 : 1, about);
  }
});

Deno.test("POST /api/replay reports invalid members", async () => {
  await using rig = await rigWithEvents();
  const what = "Nothing selected: give dead, ids, object, since, or until";
  const object = "Cannot replay: the body must be a JSON object";
  const keys =
    "Cannot replay: each key must be one of ids, name, object, since, until, dead, destination, again, dryRun";
  const id = "Cannot use ids as it must be an event id";
  const ids = "Cannot use ids as it must be a list of 1 to 10000";
  const name =
    "Cannot use name as it must be an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *";
  const names = "Cannot use name as it must be a list of 1 to 100";
  const inverted = "Cannot use since as it must not be after until";
  const time = "it must be like 90s, 30m, 1h, 7d or an ISO time";
  const table: [body: unknown, message: string][] = [
    [undefined, `${object}; ${what}`],
    [[], `${object}; ${what}`],
    [null, `${object}; ${what}`],
    ["all", `${object}; ${what}`],
    [{}, what],
    [{ dead: false }, what],
    [{ dryRun: true }, what],
    [{ name: ["inquiry.*"], destination: "app" }, what],
    [{ ids: ["evt_1"], all: true }, keys],
    [{ ids: ["evt_1"], dry_run: true }, keys],
    [{ ids: ["evt_1"], toString: 1 }, keys],
    [{ ids: [], since: "1h" }, ids],
    [{ ids: [1], since: "1h" }, id],
    [{ ids: [""], since: "1h" }, id],
    [{ ids: Array(10_001).fill("x"), since: "1h" }, ids],
    [{ again: 1, since: "1h" }, "Cannot use again as it must be true or false"],
    [{ dead: 1, since: "1h" }, "Cannot use dead as it must be true or false"],
    [
      { dead: null, since: "1h" },
      "Cannot use dead as it must be true or false",
    ],
    [
      { since: "1h", dryRun: "yes" },
      "Cannot use dryRun as it must be true or false",
    ],
    [{ since: 5, dead: true }, `Cannot use since as ${time}`],
    [{ until: "soon", dead: true }, `Cannot use until as ${time}`],
    [{ dead: true, name: [] }, names],
    [{ dead: true, name: "" }, name],
    [{ dead: true, name: 7 }, name],
    [{ dead: true, name: null }, name],
    [{ dead: true, name: [["a"]] }, name],
    [{ dead: true, name: Array(101).fill("a") }, names],
    [{ dead: true, names: ["a"] }, keys],
    [{ since: "1h", until: "2h" }, inverted],
    [{ since: "1h", until: "2020-01-01", dead: true }, inverted],
    [{ dead: true, object: 7 }, "Cannot use object as it must be an id"],
    [{ dead: true, object: "" }, "Cannot use object as it must be an id"],
    [
      { dead: true, destination: "App" },
      'Unknown destination "App". Did you mean "app"?',
    ],
    [
      { dead: true, destination: ["app"] },
      "Cannot use destination as it must be the name of a destination",
    ],
  ];
  for (const [body, message] of table) {
    const about = JSON.stringify(body)?.slice(0, 80);
    const response = await rig.post("/api/replay", body);
    assertEquals(response.status, 400, about);
    assertEquals(await response.json(), { success: false, message }, about);
  }
  assertEquals([await pendingOf(rig), rig.woken], ["", []]);
});

Deno.test("a body must be JSON of a moderate size with its content-type", async () => {
  await using rig = await rigWithEvents();
  const type = "Cannot read body as its content-type must be application/json";
  const json = "Cannot read body as it must be JSON";
  const size = "Cannot read body as it must have at most 524288 bytes";
  const table: [
    contentType: string | null,
    body: BodyInit | null,
    status: number,
    message?: string,
  ][] = [
    ["application/json", '{"dead":true}', 202],
    ["application/json; charset=utf-8", '{"dead":true}', 202],
    ["Application/JSON ;charset=utf-8", ' {"dead":true}\n', 202],
    ["text/plain", '{"dead":true}', 415, type],
    ["text/plain;charset=UTF-8", '{"dead":true}', 415, type],
    ["application/x-www-form-urlencoded", '{"dead":true}', 415, type],
    ["application/x-www-form-urlencoded", null, 415, type],
    ["multipart/form-data; boundary=x", "--x--", 415, type],
    ["application/jsonp", '{"dead":true}', 415, type],
    ["application/json, text/plain", '{"dead":true}', 415, type],
    ["text/json", '{"dead":true}', 415, type],
    ["", '{"dead":true}', 415, type],
    [null, new TextEncoder().encode('{"dead":true}'), 415, type],
    ["application/json", "dead", 400, json],
    ["application/json", '{"dead":true', 400, json],
    ["application/json", "{'dead':true}", 400, json],
    ["application/json", new Uint8Array([0x22, 0xff, 0x22]), 400, json],
    ["application/json", `"${"x".repeat(524_288)}"`, 413, size],
  ];
  for (const [contentType, body, status, message] of table) {
    const response = await rig.fetch("/api/replay", {
      method: "POST",
      headers: contentType === null ? {} : { "content-type": contentType },
      body,
    });
    const about = `${contentType} ${String(body).slice(0, 40)}`;
    const answer = await response.json();
    assertEquals(response.status, status, about);
    if (message) assertEquals(answer, { success: false, message }, about);
  }
});
