import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { deliveries, delivery } from "../support/deliveries.ts";
import { FakeIo } from "../support/fake_io.ts";
import { OpenStore } from "../support/open_store.ts";
import { makeStore } from "../support/store_files.ts";
import { Tailing } from "../support/tailing.ts";
import { TempDir } from "../support/temp_dir.ts";

const NOW_MS = Date.now();
const MINUTE_MS = 60_000;

/** Runs a test on an open store. */
async function withStore(
  body: (path: string, open: OpenStore) => Promise<void>,
): Promise<void> {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  const open = new OpenStore(store);
  try {
    await body(path, open);
  } finally {
    await open.close();
  }
}

/** An event that came in some time ago. */
function aged(id: string, minutes: number, changes: Partial<Delivery> = {}) {
  const receivedAtMs = NOW_MS - minutes * MINUTE_MS;
  return delivery(id, { receivedAtMs, ...changes });
}

Deno.test("tail shows events and attempts from now on, as JSON in a pipe", () =>
  withStore(async (path, open) => {
    const before = await open.accept(delivery("evt_before"), ["app"]);
    await open.record(attempt({ seq: before, destination: "app" }));
    const tailing = await Tailing.start(path);
    assertEquals(tailing.io.out, "");

    const seq = await open.accept(delivery("evt_1"), ["app"]);
    const [event, ...none] = await tailing.lookJson();
    assertEquals(none, []);
    assertEquals([event.type, event.id, event.seq], ["event", "evt_1", seq]);
    assertEquals([event.status, event.objectId], ["pending", "inq_1"]);
    assertEquals(await tailing.look(), "", "once");

    await open.record(attempt({ seq, destination: "app" }, { number: 2 }));
    assertEquals(await tailing.lookJson(), [{
      type: "attempt",
      attemptSeq: 2,
      eventId: "evt_1",
      eventName: "inquiry.approved",
      destination: "app",
      number: 2,
      startedAt: "2025-06-15T15:06:41.000Z",
      durationMs: 12,
      outcome: "ok",
      code: 200,
      status: "done",
    }]);
    await tailing.stop();
  }));

Deno.test("tail shows lines in the words of the log on a terminal", () =>
  withStore(async (path, open) => {
    const tailing = await Tailing.start(path, [], { isTerminal: true });
    const seq = await open.accept(
      delivery("evt_1", { receivedAtMs: 1_750_000_000_000 }),
      ["app", "log"],
    );
    const app = { seq, destination: "app" };
    const failed = { outcome: "status", code: 500, output: "Canary" };
    const dueAtMs = 1_750_000_001_000 + 12 + 300_000;
    await open.record(attempt(app, { ...failed, status: "pending", dueAtMs }));
    await open.record(attempt({ seq, destination: "log" }));
    await open.accept(delivery("evt 2\u202e\n", { secretFingerprint: null }));
    const lines = (await tailing.look()).split("\n").slice(0, -1);
    assertEquals(lines.map((line) => line.slice("15:06:40 ".length)), [
      "✓ received  inquiry.approved  inquiry inq_1  signature verified  attempt 1 of 8  evt_1",
      "! received  inquiry.approved  inquiry inq_1  unsigned  attempt 1 of 8  evt 2\\u202e\\u000a",
      "  ✗ inquiry.approved  to app  failed: status 500  12 ms  again in 5 min  evt_1",
      `      it failed: see its log  ${PROGRAM_NAME} events evt_1 --reveal`,
      "  → inquiry.approved  to log  delivered 200  12 ms  evt_1",
    ]);
    for (const line of lines) {
      assert(/^(?:\d\d:\d\d:\d\d| {8}) /.test(line), line);
    }

    const late = { number: 2, code: null, outcome: "timeout" };
    await open.record(attempt(app, { ...late, status: "dead" }));
    const [dead, hint] = (await tailing.look()).split("\n");
    assertEquals(
      dead!.slice("15:06:40 ".length),
      "  ✗ inquiry.approved  to app  dead letter: timeout  12 ms  attempt 2  evt_1",
    );
    assert(hint!.endsWith(`  ${PROGRAM_NAME} replay evt_1`), hint);
    await tailing.stop();
  }));

Deno.test("tail says what became of a dispatch with its last attempt only", () =>
  withStore(async (path, open) => {
    const seq = await open.accept(delivery("evt_1"), ["app"]);
    const app = { seq, destination: "app" };
    const failed = { outcome: "unreachable", code: null };
    await open.record(
      attempt(app, { ...failed, status: "pending", dueAtMs: NOW_MS }),
    );
    await open.record(attempt(app, { ...failed, number: 2, status: "dead" }));
    const options = { isTerminal: true };
    const args = ["--since", "2020-01-01"];
    const tailing = await Tailing.start(path, args, options);
    const shown = tailing.io.out.split("\n").flatMap((line) =>
      /failed: |dead letter: |again in/.exec(line)?.[0] ?? []
    );
    assertEquals(shown, ["failed: ", "dead letter: "]);
    await tailing.stop();
  }));

Deno.test("tail fits a terminal, however narrow", () =>
  withStore(async (path, open) => {
    const id = "evt_4XkN2cTbZ1mPqRsWaBcDeFgH";
    const objectId = "inq_8kYQdT4ZVvpLmLvkUB1W8tMH";
    const seq = await open.accept(delivery(id, { objectId }), ["app"]);
    await open.record(attempt({ seq, destination: "app" }, {
      outcome: "status",
      code: 401,
      status: "dead",
    }));
    const table: [columns: number, expected: string[]][] = [
      [40, [
        "✓ inquiry.approved  evt_4XkN…",
        "  ✗ app  dead letter  evt_4XkN…",
      ]],
      [80, [
        "✓ received  inquiry.approved  inquiry inq_8kYQ…  verified  evt_4XkN…",
        "  ✗ inquiry.approved  to app  dead letter: status 401  12 ms  evt_4XkN…",
      ]],
      [120, [
        "✓ received  inquiry.approved  inquiry inq_8kYQ…  verified  attempt 1 of 8  evt_4XkN…",
        `  ✗ inquiry.approved  to app  dead letter: status 401  12 ms  ${id}`,
      ]],
    ];
    for (const [columns, expected] of table) {
      const options = { isTerminal: true, hasColor: true, columns };
      const args = ["--since", "2020-01-01"];
      const tailing = await Tailing.start(path, args, options);
      // deno-lint-ignore no-control-regex
      const plain = tailing.io.out.replace(/\x1b\[\d+m/g, "");
      const lines = plain.split("\n").slice(0, -1);
      for (const line of lines) {
        const isId = line.trim() === id;
        assert(isId || line.length <= columns, `${columns}: ${line}`);
      }
      const [event, failed, ...hints] = lines;
      assertEquals(
        [event, failed].map((line) => line!.slice("15:06:40 ".length)),
        expected,
      );
      const hint = hints.map((line) => line.trim()).join(" ");
      assert(hint.includes(`${PROGRAM_NAME} events ${id}`), hint);
      for (const line of hints) assert(line.startsWith(" ".repeat(15)), line);
      await tailing.stop();
    }
  }));

Deno.test("tail uses colours only on a terminal that shows them", () =>
  withStore(async (path, open) => {
    const options = { isTerminal: true, hasColor: true };
    const coloured = await Tailing.start(path, [], options);
    const json = await Tailing.start(path, ["--json"], options);
    await open.accept(delivery("evt_1"));
    assert((await coloured.look()).includes("\x1b[32m✓\x1b[0m received"));
    assertEquals((await json.lookJson()).map(({ id }) => id), ["evt_1"]);
    await coloured.stop();
    await json.stop();
  }));

Deno.test("tail --since begins earlier, in the order of time", () =>
  withStore(async (path, open) => {
    const ages = [100, 50, 30, 1];
    for (const minutes of ages) {
      const id = `evt_${minutes}`;
      const one = aged(id, minutes);
      const seq = await open.accept(one, ["app"]);
      await open.record(attempt({ seq, destination: "app" }, {
        startedAtMs: one.receivedAtMs + 1_000,
      }));
    }
    const table: [since: string, expected: number[]][] = [
      ["1h", [50, 30, 1]],
      ["45m", [30, 1]],
      ["10s", []],
      ["7d", ages],
      ["2020-01-01", ages],
      ["2999-01-01", []],
    ];
    for (const [since, expected] of table) {
      const tailing = await Tailing.start(path, ["--since", since]);
      assertEquals(
        tailing.io.json.map(({ id, eventId }) => id ?? `to app: ${eventId}`),
        expected.flatMap((age) => [`evt_${age}`, `to app: evt_${age}`]),
        since,
      );
      await tailing.stop();
    }
  }));

Deno.test("tail --since shows all there is of more than it reads at once", () =>
  withStore(async (path, open) => {
    const { store } = open;
    const sent = deliveries(2_600).map((one, i) => ({
      ...one,
      receivedAtMs: NOW_MS - 3_600_000 + i * 1_000,
    }));
    await Promise.all(sent.map((one) => store.accept(one, ["app"])));
    const outboxes = store.openOutboxes();
    const outbox = await outboxes.open("app", { attemptMsMax: 0 });
    // Attempts come long after their events, as after an outage.
    await Promise.all(
      sent.map((one, i) =>
        outbox.record(attempt({ seq: i + 1, destination: "app" }, {
          startedAtMs: one.receivedAtMs + 1_800_000,
        }))
      ),
    );
    await outboxes.close();
    const tailing = await Tailing.start(path, ["--since", "90m"]);
    const shown = tailing.io.json;
    assertEquals(shown.length, 5_200);
    const times = shown.map(({ receivedAt, startedAt }) =>
      receivedAt ?? startedAt
    );
    assertEquals(times, times.toSorted());
    assertEquals(
      shown.flatMap(({ id }) => id ?? []),
      sent.map(({ id }) => id),
    );
    await tailing.stop();
  }));

Deno.test("tail --name shows only events of that name, and their attempts", () =>
  withStore(async (path, open) => {
    const args = ["--name", "report/*", "--name=*.created"];
    const tailing = await Tailing.start(path, args);
    for (
      const name of ["inquiry.created", "inquiry.approved", "report/id.ready"]
    ) {
      const seq = await open.accept(delivery(`evt_${name}`, { name }), ["app"]);
      await open.record(attempt({ seq, destination: "app" }));
    }
    assertEquals(
      (await tailing.lookJson()).map(({ type, name, eventName }) => [
        type,
        name ?? eventName,
      ]).sort(),
      [
        ["attempt", "inquiry.created"],
        ["attempt", "report/id.ready"],
        ["event", "inquiry.created"],
        ["event", "report/id.ready"],
      ],
    );
    await tailing.stop();
  }));

Deno.test("tail follows a store that nobody holds, until somebody does", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, [delivery("evt_1")]);
  const tailing = await Tailing.start(path);
  assertEquals(await tailing.look(), "");
  await makeStore(path, [delivery("evt_2")]);
  assertEquals((await tailing.lookJson()).map(({ id }) => id), ["evt_2"]);
  await tailing.stop();
});

Deno.test("tail ends quietly when whoever read has gone", () =>
  withStore(async (path, open) => {
    const tailing = await Tailing.start(path);
    tailing.io.stdout = () => Promise.reject(new Deno.errors.BrokenPipe());
    await open.accept(delivery("evt_1"));
    tailing.io.ring();
    assertEquals(await tailing.ended(), 0);
    assertEquals(tailing.io.err, "");
    assertEquals(tailing.io.signal("SIGINT"), false);
  }));

Deno.test("tail stops in the middle of what there is", () =>
  withStore(async (path, open) => {
    await Promise.all(deliveries(10).map((one) => open.store.accept(one)));
    const io = new FakeIo();
    const { promise: printing, resolve } = Promise.withResolvers<void>();
    io.stdout = () => {
      io.out += ".";
      io.signal("SIGTERM");
      return printing;
    };
    const args = ["tail", "--since", "2020-01-01", "--store", `sqlite:${path}`];
    const code = run(args, io);
    resolve();
    assertEquals([await code, io.out, io.err], [0, ".", ""]);
  }));

Deno.test("tail fails with a hint when there is no store to follow", async () => {
  await using dir = await TempDir.make();
  const table: [args: string[], code: number, err: string][] = [
    [
      ["--store", `sqlite:${dir.path}/none.db`],
      1,
      `Cannot open store at ${dir.path}/none.db: there is no store\n` +
      `Start ${PROGRAM_NAME} serve or dev first, or name its store with --store sqlite:PATH\n`,
    ],
    [
      ["--store", "sqlite::memory:"],
      1,
      "Cannot read the store: it is in the memory of its server\n" +
      "Name the store of a server that has a file, as in --store sqlite:data/inbox.db\n",
    ],
    [
      ["--since=yesterday", "--store=x"],
      2,
      "Cannot use --since as it must be like 90s, 30m, 1h, 7d or an ISO time: current value is yesterday\n" +
      "Cannot use --store as it must be sqlite:PATH or postgres://user@host/database: current value is x. Write sqlite:x\n",
    ],
  ];
  for (const [args, code, err] of table) {
    const io = new FakeIo();
    assertEquals(await run(["tail", ...args], io), code);
    assertEquals([io.out, io.err], ["", err]);
    assertEquals(io.signal("SIGINT"), false);
  }
});
