import { PROGRAM_NAME } from "../../lib/program_name.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";
import { OpenStore } from "../support/open_store.ts";
import { freePort } from "../support/free_port.ts";
import { filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const NOW_MS = Date.now();
const TOKEN = "canary-token-0123456789";

const DESTINATIONS = JSON.stringify({
  destinations: [
    { name: "app", url: "http://127.0.0.1:2/", events: ["inquiry.*"] },
    { name: "log", exec: ["true"], events: ["*.approved"] },
  ],
});

/** A store of its own, and `replay` on it. */
class Replays implements AsyncDisposable {
  readonly #dir: TempDir;
  readonly path: string;

  private constructor(dir: TempDir) {
    this.#dir = dir;
    this.path = `${dir.path}/inbox.db`;
  }

  /** Makes a store of one done, one dead and one old event without dispatches. */
  static async make(): Promise<Replays> {
    const replays = new Replays(await TempDir.make());
    await replays.open(async (open) => {
      const receivedAtMs = NOW_MS - 60_000;
      await open.accept(delivery("evt_old", { receivedAtMs: NOW_MS - 1e9 }));
      const dead = await open.accept(
        delivery("evt_dead", { receivedAtMs, name: "inquiry.created" }),
        ["app", "gone"],
      );
      const done = await open.accept(
        delivery("evt_done", { receivedAtMs, objectId: "inq_2" }),
        ["app", "log"],
      );
      await open.accept(
        delivery("evt_report", { receivedAtMs, name: "report/id.ready" }),
      );
      for (const destination of ["app", "log"]) {
        await open.record(attempt({ seq: done, destination }));
      }
      for (const destination of ["app", "gone"]) {
        const key = { seq: dead, destination };
        await open.record(attempt(key, { status: "dead", outcome: "timeout" }));
      }
    });
    return replays;
  }

  /** Does something with the store open, as a server has it. */
  async open<Result>(
    body: (open: OpenStore) => Promise<Result>,
  ): Promise<Result> {
    const store = await openSqliteStore(this.path, { bodyBytesMax: 1 << 20 });
    const open = new OpenStore(store);
    try {
      return await body(open);
    } finally {
      await open.close();
    }
  }

  async run(
    args: readonly string[],
    options: FakeIoOptions = {},
  ): Promise<{ io: FakeIo; code: number }> {
    const files = { "inbox.json": DESTINATIONS };
    const io = new FakeIo({ files, ...options });
    const store = `sqlite:${this.path}`;
    const code = await run(["replay", "--store", store, ...args], io);
    return { io, code };
  }

  /** What is pending, as `evt_1 app`. */
  pending(): Promise<string[]> {
    return this.open(async ({ reader }) => {
      const rows = await reader.list({ limit: 1_000 });
      const all = await reader.dispatches(rows.map(({ seq }) => seq));
      return rows.flatMap(({ seq, id }) =>
        (all.get(seq) ?? []).filter(({ status }) => status === "pending")
          .map(({ destination }) => `${id} ${destination}`)
      ).sort();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dir[Symbol.asyncDispose]();
  }
}

/** Runs `replay` dry, then for real; returns what it said, and what is pending then. */
async function replayed(
  args: readonly string[],
): Promise<{ extent: Record<string, unknown>; pending: string[] }> {
  await using replays = await Replays.make();
  const about = args.join(" ");
  const before = await replays.pending();
  const dry = await replays.run([...args, "--dry-run"]);
  assertEquals([dry.code, await replays.pending()], [0, before], about);
  const { dryRun, ...extent } = dry.io.json[0];
  assertEquals(dryRun, true);
  const { io, code } = await replays.run(args);
  assertEquals(io.json, [{ ...extent, dryRun: false }], about);
  assertEquals([code, io.requests], [0, []], about);
  return { extent, pending: await replays.pending() };
}

Deno.test("replay --again sends to all that receive the events, with no server running", async () => {
  const all = ["evt_dead app", "evt_done app", "evt_done log"];
  const both = { app: 1, log: 1 };
  const table: [
    args: string[],
    events: number,
    destinations: Record<string, number>,
    pending: string[],
  ][] = [
    [["evt_done"], 1, both, ["evt_done app", "evt_done log"]],
    [["evt_old", "evt_done", "--destination=log"], 2, { log: 2 }, [
      "evt_done log",
      "evt_old log",
    ]],
    [["--dead"], 1, { app: 1 }, ["evt_dead app"]],
    [["--since", "1h"], 2, { app: 2, log: 1 }, all],
    [["--since=2020-01-01", "--until=2020-01-01"], 0, {}, []],
    [["--until", "1h"], 1, both, ["evt_old app", "evt_old log"]],
    [["--since=1h", "--name=*.created", "--name=none"], 1, { app: 1 }, [
      "evt_dead app",
    ]],
    [["--object", "inq_2"], 1, both, ["evt_done app", "evt_done log"]],
    [["--object", "inq_1", "--dead"], 1, { app: 1 }, ["evt_dead app"]],
  ];
  for (const [args, events, destinations, pending] of table) {
    const result = await replayed([...args, "--again"]);
    const dispatches = pending.length;
    const extent = { events, dispatches, destinations, unknownIds: [] };
    assertEquals(result, { extent, pending }, args.join(" "));
  }
});

Deno.test("replay leaves alone what succeeded, and what was never dispatched", async () => {
  const table: [args: string[], pending: string[]][] = [
    [["evt_done"], []],
    [["evt_old"], []],
    [["--since=2020-01-01"], ["evt_dead app"]],
    [["--dead"], ["evt_dead app"]],
    [["evt_dead", "evt_done", "--destination=app"], ["evt_dead app"]],
    [["evt_dead", "evt_done", "--destination=log"], []],
  ];
  for (const [args, pending] of table) {
    const result = await replayed(args);
    assertEquals(result.pending, pending, args.join(" "));
    assertEquals(result.extent.dispatches, pending.length, args.join(" "));
  }
});

Deno.test("replay has what is pending go out now, unless only --dead", async () => {
  const table: [args: string[], isDueNow: boolean][] = [
    [["evt_wait"], true],
    [["--since=1h"], true],
    [["evt_wait", "--dead"], false],
    [["evt_wait", "--destination=log"], false],
  ];
  for (const [args, isDueNow] of table) {
    await using replays = await Replays.make();
    await replays.open(async (open) => {
      const one = delivery("evt_wait", { receivedAtMs: NOW_MS - 60_000 });
      const seq = await open.accept(one, ["app", "log"]);
      const later = { status: "pending", dueAtMs: NOW_MS + 1e9 } as const;
      await open.record(attempt({ seq, destination: "app" }, later));
      await open.record(attempt({ seq, destination: "log" }));
    });
    const { code } = await replays.run(args);
    assertEquals(code, 0);
    const [waiting] = await replays.open((open) =>
      open.pending("app").then((all) => all.filter(({ seq }) => seq === 5))
    );
    assertEquals(waiting!.dueAtMs < NOW_MS + 1e8, isDueNow, args.join(" "));
    assertEquals(waiting!.replays, 0, "an attempt in flight still counts");
  }
});

Deno.test("replay says on a terminal what it does", async () => {
  await using replays = await Replays.make();
  const table: [args: string[], out: string, err: string][] = [
    [
      ["evt_done", "--again", "--dry-run"],
      "Would replay 1 event: 1 to app, 1 to log\n",
      "",
    ],
    [
      ["evt_done"],
      "",
      "Nothing to replay: nothing selected is pending or dead. Add --again to deliver it again\n",
    ],
    [
      ["--dead"],
      "Will replay 1 event: 1 to app when the server starts\n",
      "",
    ],
    [["--dead", "--destination=app"], "", "Nothing to replay\n"],
    [
      ["--since=2020-01-01", "--until=2020-01-01", "--again"],
      "",
      "Nothing to replay\n",
    ],
    [["evt_done", "--dead"], "", "Nothing to replay\n"],
  ];
  for (const [args, out, err] of table) {
    const { io, code } = await replays.run(args, { isTerminal: true });
    assertEquals([io.out, io.err, code], [out, err, 0]);
  }
});

Deno.test("replay --again asks first on a terminal, and says where to", async () => {
  await using replays = await Replays.make();
  const args = ["evt_done", "--again"];
  const question =
    "Replay 1 event: 1 to app, 1 to log, also where they succeeded?";
  const no = await replays.run(args, { answer: false, isTerminal: true });
  assertEquals([no.code, no.io.out, no.io.asked], [1, "", [question]]);
  assertEquals(no.io.err, "Nothing was replayed\n");
  assertEquals(await replays.pending(), []);
  const unasked = [...args, "--yes"];
  const yes = await replays.run(unasked, { answer: false, isTerminal: true });
  assertEquals([yes.code, yes.io.asked], [0, []]);
  assertEquals((await replays.pending()).length, 2);
  const few = ["evt_dead"];
  const dead = await replays.run(few, { answer: false, isTerminal: true });
  assertEquals([dead.code, dead.io.asked], [0, []], "it did not succeed");
});

Deno.test("replay --to sends once to that URL alone, and stores nothing about it", async () => {
  await using replays = await Replays.make();
  let status = 200;
  await using receiver = new EchoReceiver(() => new Response(null, { status }));
  const env = { PERSONA_WEBHOOK_SECRET: "wbhsec_0123456789abcdef" };
  const args = ["evt_done", "evt_dead", "--to", receiver.url];
  const dry = await replays.run([...args, "--dry-run"], { env });
  const { dispatches } = dry.io.json[0];
  assertEquals([dry.code, dispatches, receiver.received.length], [0, 2, 0]);

  const { io, code } = await replays.run(args, { env });
  assertEquals(code, 0, io.err);
  assertEquals(io.json.map(({ eventId, ok }) => [eventId, ok]), [
    ["evt_dead", true],
    ["evt_done", true],
  ]);
  assertEquals(
    receiver.received.map(({ headers }) => headers.get("idempotency-key")),
    ["evt_dead", "evt_done"],
  );
  assert(receiver.received[0]!.headers.has("persona-signature"));
  assertStringIncludes(io.err, "Sent evt_done once to http://127.0.0.1:");
  assert(!io.err.includes("/webhook"), "the path may be a secret");
  assertEquals(await replays.pending(), []);

  status = 500;
  const failed = await replays.run(args, { env });
  assertEquals([failed.code, failed.io.json[0].code], [1, 500]);
  for (const more of ["--again", "--destination=app"]) {
    const wrong = await replays.run([...args, more], { env });
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.io.err, "Cannot use --to with");
  }
  const bad = await replays.run(["evt_done", "--to=ftp://x"], { env });
  assertEquals(bad.code, 2);
});

Deno.test("replay --to asks the server that holds the store", async () => {
  await using replays = await Replays.make();
  const answer = {
    success: true,
    message: "…",
    eventId: "evt_done",
    to: "http://staging",
    outcome: "ok",
    code: 200,
    durationMs: 5,
  };
  await using server = new EchoReceiver(() => Response.json(answer));
  const { io, code } = await replays.open(async (open) => {
    await open.store.publishLocalUrl(`http://127.0.0.1:${server.port}/`);
    return await replays.run(["evt_done", "--to=http://staging/"]);
  });
  assertEquals([code, io.json[0].ok], [0, true], io.err);
  const [request] = server.received;
  assertEquals(request?.path, "/api/events/evt_done/replay");
  assertEquals(JSON.parse(new TextDecoder().decode(request?.body)), {
    to: "http://staging/",
  });
});

Deno.test("replay takes no settings of destinations, exit 2", async () => {
  await using replays = await Replays.make();
  const url = "http://127.0.0.1:2/";
  for (const flag of ["--forward", "--secret", "--port"]) {
    const { io, code } = await replays.run(["evt_done", flag, url]);
    assertEquals([code, io.out], [2, ""], flag);
    assertStringIncludes(io.err, flag);
  }
  assertEquals(await replays.pending(), []);
});

Deno.test("replay takes the beginning of an id, unless several begin so", async () => {
  await using replays = await Replays.make();
  const one = await replays.run(["evt_dea"]);
  assertEquals([one.code, one.io.err], [0, ""]);
  assertEquals(await replays.pending(), ["evt_dead app"]);
  const several = await replays.run(["evt_d"]);
  assertEquals([several.code, several.io.out], [2, ""]);
  assertMatch(several.io.err, /^Several ids begin with evt_d: evt_dead, /);
});

Deno.test("replay tells ids that are not there, and dispatches the others", async () => {
  await using replays = await Replays.make();
  const hint = `List what is stored: ${PROGRAM_NAME} events\n`;
  const unknown = (id: string) => `No event ${id} in ${replays.path}\n`;
  const some = await replays.run(["evt_8", "evt_dead", "evt_9"]);
  assertEquals(some.code, 1);
  assertEquals(
    some.io.err,
    unknown("evt_8") + unknown("evt_9") + hint,
  );
  assertEquals(some.io.json[0].unknownIds, ["evt_8", "evt_9"]);
  assertEquals(await replays.pending(), ["evt_dead app"]);

  const none = await replays.run(["evt_9"], { isTerminal: true });
  assertEquals([none.code, none.io.out], [1, ""]);
  assertEquals(
    none.io.err,
    unknown("evt_9") + hint,
  );
});

Deno.test("replay says so when no destination wants the events", async () => {
  await using replays = await Replays.make();
  const none = "Cannot replay: no destination receives these events\n";
  const add =
    'Add one: set INBOX_FORWARD_URL, or "destinations" in inbox.json\n';
  const check = 'See "events" and "filter" of app in inbox.json\n';
  const left = (names: string) =>
    `Cannot replay: what is selected is pending or dead at ${names}, not in these settings\n` +
    'Add it to "destinations" in inbox.json; a program with createInbox() calls replay() of its inbox\n';
  const table: [args: string[], options: FakeIoOptions, err: string][] = [
    [["evt_report", "--again"], {}, none + add],
    [["--since=1h", "--again"], { files: {} }, none + add],
    [["--dead"], { files: {} }, left("app, gone")],
    [["evt_dead"], { files: {} }, left("app, gone")],
    [["evt_report", "--destination=app", "--again"], {}, none + check],
  ];
  for (const [args, options, err] of table) {
    const { io, code } = await replays.run(args, options);
    assertEquals([code, io.err, io.out], [1, err, ""], args.join(" "));
  }
  assertEquals(await replays.pending(), []);
  const env = { INBOX_FORWARD_URL: "http://127.0.0.1:2" };
  const { code } = await replays.run(
    ["evt_report", "--again"],
    { files: {}, env },
  );
  assertEquals([code, await replays.pending()], [0, ["evt_report default"]]);
});

Deno.test("replay refuses a destination that there is not, exit 2", async () => {
  await using replays = await Replays.make();
  const known = "Destinations: app, log";
  const none =
    'There are none: set INBOX_FORWARD_URL, or "destinations" in inbox.json';
  const table: [
    destination: string,
    options: FakeIoOptions,
    rest: string,
  ][] = [
    ["lgo", {}, 'Did you mean "log"?'],
    ["gone", {}, known],
    ["App", {}, 'Did you mean "app"?'],
    ["app", { files: {} }, none],
  ];
  for (const [destination, options, rest] of table) {
    for (const what of ["evt_done", "--dead", "--until=2020-01-01"]) {
      const args = [what, `--destination=${destination}`];
      const { io, code } = await replays.run(args, options);
      const err = `Unknown destination "${destination}". ${rest}\n`;
      assertEquals([code, io.err, io.out], [2, err, ""], args.join(" "));
    }
  }
  assertEquals(await replays.pending(), []);
});

Deno.test("replay passes on what the server calls wrong usage, exit 2", async () => {
  await using replays = await Replays.make();
  const message = 'Unknown destination "lgo". Destinations: app, log';
  await using server = new EchoReceiver(() =>
    Response.json({ success: false, message }, { status: 400 })
  );
  const { io, code } = await replays.open(async ({ store }) => {
    await store.publishLocalUrl(`http://127.0.0.1:${server.port}/`);
    // Its destinations are its own: what is no name here may be one there.
    return await replays.run(["--dead", "--destination=lgo"]);
  });
  assertEquals([code, io.err, io.out], [2, `${message}\n`, ""]);
  assertEquals(server.received.length, 1);
});

Deno.test("replay asks first when there are more than 100 events", async () => {
  await using replays = await Replays.make();
  await replays.open(async ({ store }) => {
    const sent = deliveries(101).map((one) => ({ ...one, objectId: "inq_3" }));
    await Promise.all(sent.map((one) => store.accept(one)));
  });
  const args = ["--object", "inq_3", "--destination", "app", "--again"];
  const question = "Replay 101 events: 101 to app, also where they succeeded?";

  const nobody = await replays.run(args);
  assertEquals([nobody.code, nobody.io.out], [2, ""]);
  assertEquals(
    nobody.io.err,
    "Replaying 101 events must be confirmed, as they are more than 100: add --yes\n",
  );
  const no = await replays.run(args, { answer: false, isTerminal: true });
  assertEquals([no.code, no.io.out], [1, ""]);
  assertEquals(no.io.err, "Nothing was replayed\n");
  assertEquals(no.io.asked, [question]);
  assertEquals(await replays.pending(), []);

  const dry = await replays.run([...args, "--dry-run"]);
  assertEquals([dry.code, dry.io.json[0].events], [0, 101]);
  const few = await replays.run([...args, "--name=none"], { answer: false });
  assertEquals([few.code, few.io.asked], [0, []]);
  await replays.run([...args, "--yes"]);
  const unfinished = await replays.run(args.slice(0, -1), {
    answer: false,
    isTerminal: true,
  });
  assertEquals(unfinished.io.asked, ["Replay 101 events: 101 to app?"]);

  const yes = await replays.run(args, { answer: true, isTerminal: true });
  assertEquals([yes.code, yes.io.asked], [0, [question]]);
  assertEquals((await replays.pending()).length, 101);
  const unasked = await replays.run([...args, "--yes"]);
  assertEquals([unasked.code, unasked.io.asked], [0, []]);
});

Deno.test("replay asks the server that holds the store", async () => {
  await using replays = await Replays.make();
  const answer = {
    success: true,
    message: "…",
    events: 1,
    dispatches: 2,
    destinations: { log: 2 },
  };
  await using server = new EchoReceiver(() =>
    Response.json({ ...answer, unknownIds: ["evt_9"] })
  );
  const env = { INBOX_ADMIN_TOKEN: TOKEN };
  const { io, code } = await replays.open(async ({ store }) => {
    await store.publishLocalUrl(`http://127.0.0.1:${server.port}/`);
    const args = ["evt_done", "evt_9", "--destination=log", "--name=a"];
    args.push("--again", "--yes");
    args.push("--until=2025-01-02");
    return await replays.run(args, { env, isTerminal: true });
  });
  assertEquals(io.out, "Replaying 1 event: 2 to log\n");
  assertStringIncludes(io.err, "No event evt_9");
  assertEquals(code, 1);
  const asked = {
    ids: ["evt_done", "evt_9"],
    until: "2025-01-02T00:00:00.000Z",
    name: ["a"],
    destination: "log",
    again: true,
  };
  const posted = server.received.map(({ path, body, headers }) => {
    assertEquals(headers.get("authorization"), `Bearer ${TOKEN}`);
    assertEquals(headers.get("content-type"), "application/json");
    return [path, JSON.parse(new TextDecoder().decode(body))];
  });
  assertEquals(posted, [
    ["/api/replay", { ...asked, dryRun: true }],
    ["/api/replay", { ...asked, dryRun: false }],
  ]);
});

Deno.test("replay tells the server only what was asked for", async () => {
  await using replays = await Replays.make();
  await using server = new EchoReceiver(() =>
    Response.json({
      events: 1,
      dispatches: 1,
      destinations: { app: 1 },
      unknownIds: [],
    })
  );
  const io = await replays.open(async ({ store }) => {
    await store.publishLocalUrl(`http://127.0.0.1:${server.port}`);
    const args = ["--dead", "--object", "inq_1", "--since=2025-01-02"];
    return (await replays.run([...args, "--dry-run"])).io;
  });
  const [{ headers, body }] = server.received as [
    typeof server.received[number],
  ];
  assertEquals(server.received.length, 1, "a dry run");
  assert(!headers.has("authorization"));
  assertEquals(JSON.parse(new TextDecoder().decode(body)), {
    dead: true,
    object: "inq_1",
    since: "2025-01-02T00:00:00.000Z",
    dryRun: true,
  });
  assertEquals(io.json[0].dispatches, 1);
});

Deno.test("replay says what to do when the server cannot be asked", async () => {
  await using replays = await Replays.make();
  const env = { INBOX_ADMIN_TOKEN: TOKEN };
  let answer = () => new Response();
  await using server = new EchoReceiver(() => answer());
  const url = `http://127.0.0.1:${server.port}`;
  const stop = "stop it: replay works without it\n";
  const token =
    "Set INBOX_ADMIN_TOKEN to the server's token, in the environment or .env\n";
  const refusal = (status: number, message?: string) => () =>
    message === undefined
      ? new Response("<html>", { status })
      : Response.json({ success: false, message }, { status });
  const elsewhere = () => Response.redirect(`${url}/other`);
  const table: [answer: () => Response, err: string][] = [
    [
      refusal(401, "no"),
      `Cannot replay: the server refuses this command, it answered 401\n${token}`,
    ],
    [
      refusal(403),
      `Cannot replay: the server refuses this command, it answered 403\n${token}`,
    ],
    [
      refusal(
        403,
        "Cannot answer: this needs a token with the role operate, and that of grafana is read",
      ),
      "Cannot replay: it needs a token with the role operate, and that of grafana is read\nSet INBOX_ADMIN_TOKEN to a token with that role, in the environment or .env\n",
    ],
    [
      refusal(400),
      `Cannot replay: the server answered 400, and is not persona-inbox, or is another version\nSee the log of the server, or ${stop}`,
    ],
    [
      refusal(503, "stopping"),
      `Cannot replay: the server answered 503, stopping\nSee the log of the server, or ${stop}`,
    ],
    [
      refusal(200),
      `Cannot replay: the server answered 200, and is not persona-inbox, or is another version\nSee the log of the server, or ${stop}`,
    ],
    [
      elsewhere,
      `Cannot replay: the server answered 302, and is not persona-inbox, or is another version\nSee the log of the server, or ${stop}`,
    ],
  ];
  await replays.open(async ({ store }) => {
    for (const [given, err] of table) {
      answer = given;
      await store.publishLocalUrl(url);
      const { io, code } = await replays.run(["evt_done"], { env });
      assertEquals([code, io.out, io.err], [1, "", err]);
    }
    assertEquals(
      server.received.length,
      table.length,
      "no redirect is followed",
    );
    const port = freePort();
    await store.publishLocalUrl(`http://127.0.0.1:${port}`);
    const gone = await replays.run(["evt_done"], { env });
    assertEquals(gone.code, 1);
    assertEquals(
      gone.io.err,
      `Cannot replay: no answer from the server at http://127.0.0.1:${port}/api/replay\n` +
        "Is it running on this machine? Otherwise stop it: replay works without it\n",
    );
    await store.publishLocalUrl(null);
    const off = await replays.run(["evt_done"], { env });
    assertEquals(off.code, 1);
    assertEquals(
      off.io.err,
      "Cannot replay: the server that holds the store has no local listener\n" +
        "Turn it on with INBOX_ADMIN_PORT, or stop the server first: replay works without it. A program with createInbox() has none: it calls replay() of its inbox\n",
    );
  });
  assertEquals(await replays.pending(), []);
});

Deno.test("replay needs to be told what, and tells every fault at once", async () => {
  await using replays = await Replays.make();
  const what =
    "Nothing selected: give ids, --dead, --object, --since, or --until";
  const table: [args: string[], faults: string[]][] = [
    [[], [what]],
    [["--name=inquiry.*", "--destination=app", "--yes"], [what]],
    [["--dead", "--object=", "--name", " ", "--destination="], [
      "--object needs a value: write --object=ID",
      "--name needs a value: write --name=GLOB",
      "--destination needs a value: write --destination=NAME",
    ]],
    [["--since=1h", "--until=2h"], [
      "Cannot use --since as it must not be after --until",
    ]],
    [["--dead", "--since=2025-01-02", "--until=2025-01-01"], [
      "Cannot use --since as it must not be after --until",
    ]],
    [["--until=tomorrow", "--since=never", "--port=1"], [
      "Unknown flag --port. See replay --help",
      "Cannot use --since as it must be like 90s, 30m, 1h, 7d or an ISO time: current value is never",
      "Cannot use --until as it must be like 90s, 30m, 1h, 7d or an ISO time: current value is tomorrow",
    ]],
  ];
  for (const [args, faults] of table) {
    const { io, code } = await replays.run(args);
    assertEquals([code, io.out], [2, ""]);
    assertEquals(io.err.split("\n").slice(0, -1), faults);
  }
});

Deno.test("replay fails with a hint when there is no store", async () => {
  await using dir = await TempDir.make();
  const table: [store: string, err: string][] = [
    [
      `sqlite:${dir.path}/none.db`,
      `Cannot open store at ${dir.path}/none.db: there is no store\n`,
    ],
    [
      "sqlite::memory:",
      "Cannot read the store: it is in the memory of its server",
    ],
  ];
  for (const [store, err] of table) {
    const io = new FakeIo();
    assertEquals(await run(["replay", "--dead", "--store", store], io), 1);
    assertEquals(io.out, "");
    assertStringIncludes(io.err, err);
  }
  assertEquals(filesIn(dir.path), [], "nothing was made");
});

Deno.test("replay dispatches what handlers of createInbox() left dead", async () => {
  await using replays = await Replays.make();
  const handlers = "handlers";
  await replays.open(async (open) => {
    const one = delivery("evt_own", { receivedAtMs: NOW_MS });
    const seq = await open.accept(one, [handlers]);
    const dead = { status: "dead", outcome: "threw" } as const;
    await open.record(attempt({ seq, destination: handlers }, dead));
  });
  for (const args of [["evt_own"], ["--dead", "--destination=handlers"]]) {
    const { io, code } = await replays.run([...args, "--dry-run"], {
      files: {},
    });
    assertEquals([code, io.err], [0, ""], args.join(" "));
    assertEquals(io.json[0].destinations, { handlers: 1 });
  }
  await replays.run(["evt_own"], { files: {} });
  assertEquals(await replays.pending(), ["evt_own handlers"]);
});
