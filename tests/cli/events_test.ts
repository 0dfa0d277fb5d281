import { PROGRAM_NAME } from "../../lib/program_name.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { existsSync } from "node:fs";
import { run } from "../../lib/cli/run.ts";
import { localTime } from "../../lib/lines/local_time.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { FakeIo } from "../support/fake_io.ts";
import { OpenStore } from "../support/open_store.ts";
import { bytesOf, CANARY, eventText } from "../support/signed_delivery.ts";
import { filesIn, makeStore } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const NOW_MS = Date.now();
const MINUTE_MS = 60_000;

const SENT: readonly Delivery[] = [
  delivery("evt_0", {
    name: "inquiry.created",
    receivedAtMs: NOW_MS - 100 * MINUTE_MS,
  }),
  delivery("evt_1", { receivedAtMs: NOW_MS - 50 * MINUTE_MS }),
  delivery("evt_2", {
    name: "report/watchlist.ready",
    objectType: "report",
    objectId: "rep_1",
    receivedAtMs: NOW_MS - MINUTE_MS,
    secretFingerprint: null,
  }),
];

/** Runs `events` on a store of some deliveries. */
async function events(
  sent: readonly Delivery[],
  args: readonly string[],
  options: { isTerminal?: boolean; columns?: number } = {},
): Promise<{ io: FakeIo; code: number; storePath: string }> {
  await using dir = await TempDir.make();
  const storePath = `${dir.path}/inbox.db`;
  await makeStore(storePath, sent);
  const io = new FakeIo(options);
  const store = `sqlite:${storePath}`;
  const code = await run(["events", "--store", store, ...args], io);
  return { io, code, storePath };
}

Deno.test("events lists as JSON lines in a pipe, newest first", async () => {
  const { io, code } = await events([...SENT, SENT[1]!], []);
  assertEquals(code, 0);
  assertEquals(io.err, "");
  assertEquals(io.json.map(({ id }) => id), ["evt_2", "evt_1", "evt_0"]);
  assertEquals(io.json[1], {
    seq: 2,
    id: "evt_1",
    name: "inquiry.approved",
    objectType: "inquiry",
    objectId: "inq_1",
    createdAt: new Date(1_750_000_000_123).toISOString(),
    receivedAt: new Date(NOW_MS - 50 * MINUTE_MS).toISOString(),
    duplicates: 1,
    duplicatesDiffering: 0,
    status: "none",
    signature: "verified",
    secretFingerprint: "0123abcd",
    attemptsMade: 1,
    attemptsLeft: 7,
    firstAttemptedAt: new Date(1_750_000_000_000).toISOString(),
  });
  assertEquals(io.json[0].signature, "unsigned");
  const asked = await events(SENT, ["--json"], { isTerminal: true });
  assertEquals(asked.io.json.length, 3);
});

Deno.test("events lists as a table on a terminal", async () => {
  const { io, code } = await events(SENT, [], { isTerminal: true });
  assertEquals(code, 0);
  const [heading, ...rows] = io.out.split("\n").slice(0, -1);
  assertEquals(heading!.split(/ {2,}/), [
    "RECEIVED",
    "NAME",
    "OBJECT",
    "STATUS",
    "DUPLICATES",
    "ID",
  ]);
  assertEquals(rows.map((row) => row.split(/ {2,}/).slice(1)), [
    ["report/watchlist.ready", "rep_1", "none", "0", "evt_2"],
    ["inquiry.approved", "inq_1", "none", "0", "evt_1"],
    ["inquiry.created", "inq_1", "none", "0", "evt_0"],
  ]);
});

Deno.test("events fits its table to a terminal, ids of events last", async () => {
  const id = "evt_4XkN2cTbZ1mPqRsWaBcDeFgH";
  const sent = [delivery(id, {
    name: "inquiry.marked-for-review",
    objectId: "inq_8kYQdT4ZVvpLmLvkUB1W8tMH",
    receivedAtMs: Date.UTC(2025, 5, 15, 15, 6, 40, 123),
  })];
  const zone = localTime(new Date()).slice(19);
  const whole = localTime(new Date(Date.UTC(2025, 5, 15, 15, 6, 40)));
  const at = localTime(whole, -new Date().getTimezoneOffset()).slice(5, 16);
  const table: [columns: number, heading: string, row: string][] = [
    [
      40,
      "NAME                  STATUS  ID",
      "inquiry.marked-for-…  none    evt_4XkN2…",
    ],
    [
      80,
      `AT ${zone}    NAME                       STATUS  ID`,
      `${at}  inquiry.marked-for-review  none    ${id}`,
    ],
    [
      110,
      `AT ${zone}    NAME                       OBJECT     STATUS  DUPLICATES  ID`,
      `${at}  inquiry.marked-for-review  inq_8kYQ…  none    0           ${id}`,
    ],
    [
      120, // There is room for all of every id.
      `AT ${zone}    NAME                       OBJECT                        STATUS  DUPLICATES  ID`,
      `${at}  inquiry.marked-for-review  inq_8kYQdT4ZVvpLmLvkUB1W8tMH  none    0           ${id}`,
    ],
    [
      200,
      "RECEIVED                   NAME                       OBJECT                        STATUS  DUPLICATES  ID",
      `${whole}  inquiry.marked-for-review  inq_8kYQdT4ZVvpLmLvkUB1W8tMH  none    0           ${id}`,
    ],
  ];
  for (const [columns, ...expected] of table) {
    const { io } = await events(sent, [], { isTerminal: true, columns });
    assertEquals(io.out.split("\n").slice(0, -1), expected);
    for (const line of expected) assert(line.length <= columns, line);
  }
});

Deno.test("events shortens an id that is no event's of Persona before the others", async () => {
  const id = "evt_4XkN2cTbZ1mPqRsWaBcDeFgH";
  const sent = [
    delivery(id),
    delivery("unrecognized_2f54d2b3-c1eb-4fae-9ab2-9ad81c45fc55"),
  ];
  const { io } = await events(sent, [], { isTerminal: true, columns: 80 });
  const ids = io.out.split("\n").slice(1, -1).map((row) =>
    row.split(" ").at(-1)
  );
  assertEquals(ids, ["unrecognized_2f54…", id]);
});

Deno.test("events pads what it escapes as it is shown", async () => {
  const sent = [delivery("evt_x", { name: "a\u202e\n漢\x1b" }), SENT[1]!];
  const { io } = await events(sent, [], { isTerminal: true });
  const [, ...rows] = io.out.split("\n").slice(0, -1);
  const at = (text: string) =>
    rows.find((row) => row.includes(text))!.indexOf("inq_1");
  // An ideograph is two columns wide.
  assertEquals(at("a\\u202e\\u000a漢\\u001b"), at("inquiry.approved") - 1);
});

Deno.test("events lists what its filters say", async () => {
  const table: [args: string[], expected: string[]][] = [
    [["--name", "inquiry.*"], ["evt_1", "evt_0"]],
    [["--name=*.ready", "--name=*.created"], ["evt_2", "evt_0"]],
    [["--name", "nothing"], []],
    [["--object", "rep_1"], ["evt_2"]],
    [["--since", "1h"], ["evt_2", "evt_1"]],
    [["--since", "3600s"], ["evt_2", "evt_1"]],
    [["--since", "30m"], ["evt_2"]],
    [["-n", "1"], ["evt_2"]],
    [["--since", "7d"], ["evt_2", "evt_1", "evt_0"]],
    [["--since", "2020-01-01"], ["evt_2", "evt_1", "evt_0"]],
    [["--since", "2999-01-01T00:00:00Z"], []],
    [["--limit", "1"], ["evt_2"]],
    [["--limit", "100000"], ["evt_2", "evt_1", "evt_0"]],
    [["--status", "none"], ["evt_2", "evt_1", "evt_0"]],
    [["--status", "pending"], []],
    [["--status", "dead"], []],
    [["--object", "inq_1", "--since", "1h", "--name", "*"], ["evt_1"]],
  ];
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  for (const [args, expected] of table) {
    const io = new FakeIo({ env: { INBOX_STORE: `sqlite:${path}` } });
    assertEquals(await run(["events", ...args], io), 0, io.err);
    assertEquals(io.json.map(({ id }) => id), expected, args.join(" "));
  }
});

Deno.test("events lists by what became of dispatches", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const open = new OpenStore(
    await openSqliteStore(path, { bodyBytesMax: 1024 }),
  );
  const statuses = ["none", "pending", "done", "dead"] as const;
  for (const status of statuses) {
    const destinations = status === "none" ? [] : ["app"];
    const seq = await open.accept(delivery(`evt_${status}`), destinations);
    if (status === "none" || status === "pending") continue;
    await open.record(attempt({ seq, destination: "app" }, { status }));
  }
  for (const status of statuses) {
    const io = new FakeIo();
    const args = ["--status", status, "--store", `sqlite:${path}`];
    assertEquals(await run(["events", ...args], io), 0, io.err);
    assertEquals(io.json.map(({ id }) => id), [`evt_${status}`]);
    assertEquals(io.json[0].status, status);
  }
  await open.close();
});

Deno.test("events takes the beginning of an id, and says when several begin so", async () => {
  const sent = ["evt_aa1", "evt_aa2", "evt_b"].map((id) =>
    delivery(id, { objectId: `inq_${id}` })
  );
  const table: [args: string[], ids: string[]][] = [
    [["evt_b"], ["evt_b"]],
    [["evt_"], []],
    [["evt_aa2"], ["evt_aa2"]],
    [["evt_aa2…"], ["evt_aa2"]], // As a log line has it.
    [["--object", "inq_evt_b"], ["evt_b"]],
    [["--object", "inq_evt_aa1"], ["evt_aa1"]],
    [["--object", "inq_evt_a"], []],
    [["e"], []],
    [[""], []],
  ];
  for (const [args, ids] of table) {
    const { io } = await events(sent, args);
    assertEquals(io.json.map(({ id }) => id), ids, args.join(" "));
  }
  const { io, code } = await events(sent, ["evt_a"]);
  assertEquals([code, io.err], [
    2,
    "Several ids begin with evt_a: evt_aa1, evt_aa2. Give more characters\n",
  ]);
});

Deno.test("events shows what goes to one destination, and came in until then", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const open = new OpenStore(
    await openSqliteStore(path, { bodyBytesMax: 1024 }),
  );
  const table: [id: string, destinations: string[]][] = [
    ["evt_1", ["app"]],
    ["evt_2", ["app", "log"]],
    ["evt_3", ["log"]],
  ];
  for (const [id, destinations] of table) {
    const receivedAtMs = id === "evt_1" ? NOW_MS - 50 * MINUTE_MS : NOW_MS;
    await open.accept(delivery(id, { receivedAtMs }), destinations);
  }
  await open.record(attempt({ seq: 2, destination: "app" }));
  await open.close();
  const idsOf = async (...args: string[]) => {
    const io = new FakeIo();
    const all = ["events", "--store", `sqlite:${path}`, ...args];
    assertEquals(await run(all, io), 0);
    return io.json.map(({ id }) => id);
  };
  assertEquals(await idsOf("--destination", "app"), ["evt_2", "evt_1"]);
  const pendingAt = ["--status", "pending", "--destination"];
  assertEquals(await idsOf(...pendingAt, "app"), ["evt_1"]);
  assertEquals(await idsOf(...pendingAt, "log"), ["evt_3", "evt_2"]);
  assertEquals(await idsOf("--until", "30m"), ["evt_1"]);
  const io = new FakeIo();
  assertEquals(await run(["events", "--since=1h", "--until=2h"], io), 2);
  assertEquals(
    io.err,
    "Cannot use --since as it must not be after --until\n",
  );
});

Deno.test("events lists 20 unless said", async () => {
  const sent = Array.from({ length: 25 }, (_, i) => delivery(`evt_${i}`));
  const { io } = await events(sent, []);
  assertEquals(io.json.length, 20);
});

Deno.test("events tells every fault at once", async () => {
  const io = new FakeIo();
  const args = ["--limit=0", "--since=yesterday", "--status=new", "--store=x"];
  args.push("--name=inquiry.[");
  assertEquals(await run(["events", ...args], io), 2);
  assertEquals(io.err.split("\n").slice(0, -1), [
    "Cannot use --name as it must be an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *: current value is inquiry.[",
    "Cannot use --status as it must be one of pending, done, dead, erased, none: current value is new",
    "Cannot use --since as it must be like 90s, 30m, 1h, 7d or an ISO time: current value is yesterday",
    "Cannot use --limit as it must be a whole number from 1 to 100000: current value is 0",
    "Cannot use --store as it must be sqlite:PATH or postgres://user@host/database: current value is x. Write sqlite:x",
  ]);
  for (const limit of ["100001", "-1", "1.5", "1e3", ""]) {
    const io = new FakeIo();
    assertEquals(await run(["events", `--limit=${limit}`], io), 2, limit);
  }
});

const PERSON = delivery("evt_1", { body: bytesOf(eventText()) });
const FAILED = { outcome: "status", code: 500, status: "pending" } as const;

/** Runs `events` on a store of one event with attempts. */
async function eventsWithAttempts(
  args: readonly string[],
  options: { isTerminal: boolean; output: string },
): Promise<FakeIo> {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
  const open = new OpenStore(store);
  const seq = await open.accept(PERSON, ["app", "log", "mail"]);
  const app = { seq, destination: "app" };
  const { output } = options;
  await open.record(attempt(app, { ...FAILED, output }));
  await open.record(attempt(app, {
    ...FAILED,
    number: 2,
    outcome: "timeout",
    code: null,
    durationMs: 10_000,
    status: "dead",
  }));
  await open.record(attempt({ seq, destination: "log" }));
  await open.close();
  const io = new FakeIo(options);
  const all = ["events", "--store", `sqlite:${path}`, ...args];
  assertEquals(await run(all, io), 0, io.err);
  return io;
}

Deno.test("events ID shows dispatches and their attempts on a terminal", async () => {
  const output = `500\n  for ${CANARY}\t\x1b[2J\u009b31m\u202e${
    "x".repeat(300)
  }`;
  const options = { isTerminal: true, output };
  const { out, err } = await eventsWithAttempts(["evt_1"], options);
  const [heading, ...lines] = out.split("\n").slice(0, 7);
  assertEquals(heading, "DESTINATION  STATUS   ATTEMPTS  DUE");
  const shown = `<string ${output.length}>`;
  assertEquals(lines, [
    "app          dead     2",
    `  1  ${localTime("2025-06-15T15:06:41Z")}  status 500  12 ms     ${shown}`,
    `  2  ${localTime("2025-06-15T15:06:41Z")}  timeout     10000 ms`,
    "log          done     1",
    `  1  ${localTime("2025-06-15T15:06:41Z")}  ok 200  12 ms`,
    `mail         pending  0         ${localTime("2025-06-15T15:06:40Z")}`,
  ]);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(out), "no control character");
  assert(!/Canary|1990/.test(out), out);
  assertMatch(out, /\n\nseq +1\nid +evt_1\n/);
  assert(!out.includes('"note"'), "the payload is shown on demand");
  assertEquals(err, "Its payload: add --body, or --reveal\n");
  const withBody = await eventsWithAttempts(["evt_1", "--body"], options);
  assertMatch(withBody.out, /"note": "<string 24>"/);
  assertEquals(withBody.err, "");
});

Deno.test("events ID shows dispatches and their attempts as JSON", async () => {
  const output = `500 for ${CANARY}`;
  const options = { isTerminal: false, output };
  const { json: [event] } = await eventsWithAttempts(["evt_1"], options);
  const [app, log, mail] = event.dispatches;
  assertEquals([event.status, event.isRevealed], ["dead", false]);
  assertEquals(app.attempts.length, 2);
  assertEquals(app.attempts[0], {
    number: 1,
    startedAt: "2025-06-15T15:06:41.000Z",
    durationMs: 12,
    outcome: "status",
    code: 500,
    output: `<string ${output.length}>`,
  });
  assertEquals([log.destination, log.status], ["log", "done"]);
  assertEquals(mail, {
    destination: "mail",
    status: "pending",
    dueAt: "2025-06-15T15:06:40.456Z",
    attemptCount: 0,
    attempts: [],
  });
});

Deno.test("events ID --reveal shows what a destination said", async () => {
  const output = `500 for ${CANARY}`;
  for (const isTerminal of [true, false]) {
    const options = { isTerminal, output };
    const { out } = await eventsWithAttempts(["evt_1", "--reveal"], options);
    assert(out.includes(output), out);
  }
});

Deno.test("events --json on a terminal is JSON that no terminal obeys", async () => {
  const output = "\u009b2J\x7f\u202e";
  const options = { isTerminal: true, output };
  const io = await eventsWithAttempts(
    ["evt_1", "--json", "--reveal"],
    options,
  );
  assert(io.out.includes('"\\u009b2J\\u007f\\u202e"'), io.out);
  assertEquals(io.json[0].dispatches[0].attempts[0].output, output);
});

Deno.test("events shows one event, masked", async () => {
  const body = bytesOf(
    '{"data":{"type":"event","id":"evt_1","attributes":{"name":"inquiry.approved","payload":{"data":{"attributes":{"name-first":"Canary","birthdate":"1990-01-31","status":"approved"}}}}}}',
  );
  for (const isTerminal of [false, true]) {
    const { io, code } = await events(
      [delivery("evt_1", { body })],
      isTerminal ? ["evt_1", "--body"] : ["evt_1"],
      { isTerminal },
    );
    assertEquals(code, 0, io.err);
    assert(!/Canary|1990/.test(io.out), io.out);
    assert(io.out.includes("<string 6>"), io.out);
    assert(io.out.includes("approved"), io.out);
    if (!isTerminal) {
      assertEquals(io.json[0].contentType, "application/json");
      assertEquals(io.json[0].body.data.attributes.name, "inquiry.approved");
    }
  }
});

Deno.test("events --reveal shows the body as it came", async () => {
  const text =
    '\ufeff{"id": 12345678901234567890, "e":\r\n1.10e+2,\n "u": "\\u00e9\\ud83d"}\n';
  const sent = [delivery("evt_1", { body: bytesOf(text) })];
  const piped = await events(sent, ["evt_1", "--reveal"]);
  assertEquals(piped.io.out.split("\n").length, 2, "one line");
  assertEquals(piped.io.json[0].id, "evt_1");
  assert(piped.io.out.includes('"id": 12345678901234567890'));
  assert(piped.io.out.includes('"e": 1.10e+2,  "u": "\\u00e9\\ud83d"}'));
  const shown = await events(sent, ["evt_1", "--reveal"], { isTerminal: true });
  assert(shown.io.out.endsWith(text.slice(1) + "\n"));
});

Deno.test("events shows what is no event envelope, and what is deep", async () => {
  const depth = 1_000;
  const deep = '{"a":'.repeat(depth) + '"Canary"' + "}".repeat(depth);
  for (const text of ["{}", "[1]", "null", '"Canary"', "12", deep]) {
    const one = delivery("unrecognized_1", {
      name: "unrecognized",
      body: bytesOf(text),
    });
    for (const isTerminal of [false, true]) {
      const args = ["unrecognized_1", ...isTerminal ? ["--body"] : []];
      const { io, code } = await events([one], args, { isTerminal });
      assertEquals(code, 0, `${text.slice(0, 20)}: ${io.err}`);
      assert(!io.out.includes("Canary"));
    }
  }
});

Deno.test("events owns up to a body too deep to be masked, and reveals it", async () => {
  const text = "[".repeat(500_000) + "]".repeat(500_000);
  const sent = [delivery("evt_1", { body: bytesOf(text) })];
  const note =
    "<nested too deeply to be masked: shown with --reveal or reveal=1>";
  for (const isTerminal of [false, true]) {
    const args = ["evt_1", ...isTerminal ? ["--body"] : []];
    const { io, code } = await events(sent, args, { isTerminal });
    assertEquals([code, io.err], [0, ""]);
    assert(io.out.includes("evt_1"), io.out);
    assert(io.out.includes(JSON.stringify(note)), io.out);
  }
  const revealed = await events(sent, ["evt_1", "--reveal"]);
  assertEquals(revealed.code, 0);
  assert(revealed.io.out.includes(text));
});

Deno.test("events fails for an id that is not there, with a hint", async () => {
  const { io, code, storePath } = await events(SENT, ["evt_9"]);
  assertEquals(code, 1);
  assertEquals(io.out, "");
  assertEquals(
    io.err,
    `No event evt_9 in ${storePath}\nList what is stored: ${PROGRAM_NAME} events\n`,
  );
});

Deno.test("events tells that an id is an object's, not an event's", async () => {
  const { io, code } = await events(SENT, ["inq_1"]);
  assertEquals(code, 1);
  assertStringIncludes(io.err, `${PROGRAM_NAME} events --object inq_1\n`);
});

Deno.test("events refuses flags that would change nothing", async () => {
  const one = (flag: string) =>
    `${flag} selects from the list, and evt_1 one event: remove one of them`;
  const table: [args: string[], faults: string[]][] = [
    [["evt_1", "--name=a.b", "--object=inq_1", "--since=1h", "--limit=5"], [
      one("--name"),
      one("--object"),
      one("--since"),
      one("--limit"),
    ]],
    [["evt_1", "--status=dead", "--reveal"], [one("--status")]],
    [["--reveal"], [
      "--reveal needs an event id: events ID --reveal",
    ]],
  ];
  for (const [args, faults] of table) {
    const { io, code } = await events([delivery("evt_1")], args);
    assertEquals([code, io.out], [2, ""]);
    assertEquals(io.err.split("\n").slice(0, -1), faults);
  }
});

Deno.test("events says when there is nothing to list", async () => {
  const terminal = await events([], [], { isTerminal: true });
  assertEquals(terminal.code, 0);
  assertEquals(terminal.io.out, "");
  assertEquals(
    terminal.io.err,
    `No events. Send one: ${PROGRAM_NAME} send\n`,
  );
  const piped = await events([], []);
  assertEquals([piped.code, piped.io.out, piped.io.err], [0, "", ""]);
});

Deno.test("events fails with a hint when there is no store", async () => {
  await using dir = await TempDir.make();
  const store = `sqlite:${dir.path}/none.db`;
  for (const args of [[], ["evt_1"]]) {
    const io = new FakeIo();
    assertEquals(await run(["events", "--store", store, ...args], io), 1);
    assertEquals(
      io.err,
      `Cannot open store at ${dir.path}/none.db: there is no store\n` +
        `Start ${PROGRAM_NAME} serve or dev first, or name its store with --store sqlite:PATH\n`,
    );
  }
  assertEquals(filesIn(dir.path), []);
  const memory = new FakeIo();
  const args = ["events", "--store", "sqlite::memory:"];
  assertEquals(await run(args, memory), 1);
  assert(
    memory.err.startsWith(
      "Cannot read the store: it is in the memory of its server",
    ),
  );
});

Deno.test("events works beside a server on the same store", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1024 });
  for (const one of SENT) {
    await store.accept(one);
    const io = new FakeIo();
    const args = ["events", one.id, "--reveal", "--store", `sqlite:${path}`];
    assertEquals(await run(args, io), 0, io.err);
    assertEquals(io.json[0].body.data.id, one.id);
  }
  await store.close();
});

Deno.test("events --reveal is recorded in the audit trail, and reveals nothing without", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, SENT);
  const trail = `${path}.audit.jsonl`;
  const args = ["events", "--store", `sqlite:${path}`];
  assertEquals(await run([...args, "evt_1"], new FakeIo()), 0);
  assertEquals(await run([...args, "evt_none", "--reveal"], new FakeIo()), 1);
  assertEquals(existsSync(trail), false);

  for (let count = 0; count < 2; count++) {
    assertEquals(await run([...args, "evt_1", "--reveal"], new FakeIo()), 0);
  }
  const audit = new FakeIo();
  assertEquals(await run(["audit", ...args.slice(1)], audit), 0);
  const by = `user ${Deno.uid()}`;
  assertEquals(
    audit.json.map((
      { number, act, by, subject },
    ) => [number, act, by, subject]),
    [[2, "reveal", by, "evt_1"], [1, "reveal", by, "evt_1"]],
  );
  const { mode } = await Deno.stat(trail);
  if (mode !== null) assertEquals(mode & 0o777, 0o600);

  await Deno.remove(trail);
  await Deno.mkdir(trail);
  const io = new FakeIo();
  assertEquals(await run([...args, "evt_1", "--reveal"], io), 1);
  assertEquals(io.out, "");
  assert(
    /^Cannot record it in the audit trail .*: it is a folder\n/.test(io.err),
    io.err,
  );
});

Deno.test("events --destination knows what went to destinations of the server alone", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const open = new OpenStore(
    await openSqliteStore(path, { bodyBytesMax: 1 << 20 }),
  );
  const seq = await open.accept(delivery("evt_1"), ["default"]);
  await open.record(attempt({ seq, destination: "default" }));
  await open.close();
  const io = new FakeIo();
  const args = ["events", "--store", `sqlite:${path}`];
  assertEquals(await run([...args, "--destination=defualt"], io), 0);
  const words = 'Unknown destination "defualt". Did you mean "default"?\n';
  assertEquals([io.out, io.err], ["", words]);
});

Deno.test("events tells of a destination or name that nothing matches", async () => {
  await using dir = await TempDir.make();
  const store = `sqlite:${dir.path}/inbox.db`;
  await makeStore(`${dir.path}/inbox.db`, SENT);
  const table: [args: string[], err: RegExp][] = [
    [
      ["--destination", "defualt"],
      /^Unknown destination "defualt"\. Did you mean "default"\?\n$/,
    ],
    [
      ["--destination", "other"],
      /^Unknown destination "other"\. Destinations: default\n$/,
    ],
    [["--destination", "default"], /^$/],
    [["--destination", "handlers"], /^$/],
    [
      ["--name", "inquiry"],
      /^"inquiry" matches no known event\. Did you mean "inquiry\.\*"\?\n$/,
    ],
    [["--name", "inquiry.expired"], /^$/],
    [[], /^$/],
  ];
  for (const [args, err] of table) {
    const env = { INBOX_FORWARD_URL: "http://127.0.0.1:9000/" };
    const io = new FakeIo({ env });
    assertEquals(await run(["events", "--store", store, ...args], io), 0);
    assertMatch(io.err, err);
  }
});
