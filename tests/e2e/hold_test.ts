/** `hold` and `release`: what is on hold is erased by nothing, over restarts and kills. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { HoldInfo } from "../../lib/views/hold_info.ts";
import { deliver } from "../support/deliver.ts";
import {
  deliverAll,
  filesWith,
  isDelivered,
  JANE,
  JANES_REFERENCE,
  setUpErasing as setUp,
  statuses,
} from "../support/erasing.ts";
import { personBody } from "../support/person_event.ts";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { type RunOptions, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/within.ts";

const REASON = 'case 4711, "frozen"';
const BY_REFERENCE = `--reference=${JANES_REFERENCE}`;
const KEPT = { evt_1: "done", evt_2: "done", evt_3: "done" };

const REDACTED = personBody({
  id: "evt_9",
  objectId: "inq_jane",
  name: "inquiry.redacted",
  redactedAt: "2024-02-16T00:00:00.000Z",
  canary: "gone",
});

Deno.test("what is on hold survives erase, redaction, kill and restart, and is erased once released", async () => {
  await using setup = await setUp();
  const { options, data } = setup;
  const run = runner(options);
  await using server = await ServerProcess.start(["serve"], options);
  await deliverAll(server);
  // What belongs to the inquiry is held either way; it is counted once it is in the index.
  await eventually(60_000, async () => {
    const held = await run("hold", BY_REFERENCE, `--reason=${REASON}`);
    assertEquals(held.code, 0);
    return held.json.objects === 2;
  }, () => "both objects to be held");
  const byId = await run("hold", "inq_jane", "--reason=b", "--until=5y");
  assertEquals([byId.code, byId.json.objects], [0, 2]);
  const nobody = await run("hold", "inq_later", "--reason=c");
  assertEquals([nobody.code, nobody.json.objects], [0, 0]);

  const dry = await run("erase", BY_REFERENCE, "--dry-run");
  assertEquals([dry.code, dry.json.events], [0, 1]);
  assertEquals(dry.json.held.map(({ id }: HoldInfo) => id).sort(), [
    "inq_jane",
    "ver_jane",
  ]);
  assertMatch(dry.stderr, /inq_jane is on hold until \S+: /);
  const all = await run("erase", "--object=ver_jane", "--dry-run");
  assertEquals(all.json.objects.map(({ id }: HoldInfo) => id), ["act_jane"]);

  assertEquals((await deliver(server.url, REDACTED)).status, 200);
  await isDelivered(server, "evt_9");
  await server.logged(/"msg":"not erased","eventId":"evt_9"/);
  const kept = await statuses(options);
  assertEquals({ ...kept, ...KEPT }, kept);
  const shown = await run("events", "evt_2");
  assertEquals(
    shown.json.holds.map(({ reason }: HoldInfo) => reason).sort(),
    ["b", REASON],
  );

  server.kill("SIGKILL");
  await server.ended();
  await using next = await ServerProcess.start(["serve"], options);
  for (const confirmed of [["--yes"], []]) {
    const refused = await run("erase", BY_REFERENCE, ...confirmed);
    assertEquals([refused.code, refused.stdout], [1, ""], "a part is held");
    assertMatch(refused.stderr, /^Cannot erase: inq_jane is on hold until/);
    assertMatch(refused.stderr, /Nothing was erased.*--except-held/);
  }
  assertEquals(
    { ...await statuses(options), ...KEPT },
    await statuses(options),
  );
  const rest = [BY_REFERENCE, "--except-held", "--yes"];
  const erased = await run("erase", ...rest);
  assertEquals([erased.code, erased.json.events], [0, 1]);
  assertMatch(erased.stderr, /inq_jane is on hold until \S+: /);
  const again = await run("erase", "--object=ver_jane", "--yes");
  assertEquals(again.code, 1);
  assertMatch(again.stderr, /^Cannot erase: /);
  const expected = { evt_1: "erased", evt_2: "done", evt_3: "done" };
  const after = await statuses(options);
  assertEquals({ ...after, ...expected }, after);
  const records = await audited(options);
  assert(records.filter((one) => /^erase \S+ refused/.test(one)).length >= 4);

  // Something else holds the inquiry still.
  const first = await run("release", "inq_jane");
  assertEquals([first.code, first.json.erasedEvents], [0, 0], first.stderr);
  // A verification that comes later belongs to it, too.
  const late = { id: "evt_5", objectId: "ver_late", inquiry: "inq_jane" };
  const name = "verification/selfie.passed";
  await deliver(next.url, personBody({ ...late, name }));
  await isDelivered(next, "evt_5");
  const isHeld = async () =>
    (await run("events", "evt_5")).json.holds.length === 1;
  await eventually(60_000, isHeld, () => next.stderr);
  const lately = await run("erase", "--object=ver_late", "--yes");
  assertEquals(lately.code, 1, lately.stdout);
  const last = await run("release", BY_REFERENCE);
  assertEquals([last.code, last.json.erasedEvents], [0, 2]);
  assertEquals((await statuses(options)).evt_2, "erased");
  assertEquals(await filesWith(data, JANE), []);
  assertEquals(await filesWith(data, JANES_REFERENCE), [], "held or not");
  const gone = await run("release", "inq_jane");
  assertEquals(gone.code, 1);
  assertMatch(gone.stderr, /inq_jane is not on hold/);
  assertEquals(await next.stop(), 0);
});

Deno.test("hold and release work without a server, and a hold that ran out is over at the next start", async () => {
  await using setup = await setUp();
  const { options } = setup;
  const run = runner(options);
  const none = await run("hold", "inq_jane", "--reason=a");
  assertEquals(none.code, 1);
  assertMatch(none.stderr, /no store/);
  {
    await using server = await ServerProcess.start(["serve"], options);
    await deliverAll(server);
    assertEquals(await server.stop(), 0);
  }
  for (
    const [args, fault] of [
      [["inq_jane"], /hold needs a reason/],
      [["--reason=a"], /hold needs the id/],
      [["inq_jane", BY_REFERENCE, "--reason=a"], /hold needs the id/],
      [["inq_jane", "--reason=a\tb"], /--reason as it must be/],
      [["inq_jane", `--reason=${"a".repeat(501)}`], /--reason as it must be/],
      [["inq_jane", "--reason=a", "--until=2020-01-01"], /in the future/],
      [["inq_jane", "--reason=a", "--until=soon"], /in the future/],
      [["evt_2", "--reason=a"], /it is an event/],
      [["--list", "inq_jane"], /give it alone/],
    ] as const
  ) {
    const refused = await run("hold", ...args);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertMatch(refused.stderr, fault);
  }
  const mistyped = await run("hold", "user-7", "--reason=a");
  assertEquals(mistyped.code, 0);
  assertMatch(mistyped.stderr, /No payload of user-7 .*needs --reference/);
  const other = await run("release", "--reference=user-7");
  assertEquals(other.code, 1);
  assertMatch(other.stderr, /^Nothing to release: that reference is not/);
  assertEquals((await run("release", "user-7")).code, 0);
  const held = await run("hold", "inq_ja", "--reason=a", "--until=2030-01-01");
  assertEquals([held.code, held.json.hold.id], [0, "inq_jane"]);
  const listed = await run("hold", "--list");
  assertEquals(listed.json, held.json.hold);
  const ofJane = ["--object=ver_jane", "--yes"];
  const refused = await run("erase", ...ofJane);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  const rest = await run("erase", ...ofJane, "--except-held");
  assertEquals([rest.code, rest.json.events], [0, 1]);
  {
    await using server = await ServerProcess.start(["serve"], options);
    // Shorter than it takes to start again.
    const short = await run("hold", "inq_jane", "--reason=d", "--until=20s");
    assertEquals([short.code, short.json.replaced.reason], [0, "a"]);
    await deliver(server.url, REDACTED);
    await server.logged(/"msg":"not erased","eventId":"evt_9"/);
    assertEquals(await server.stop(), 0);
    const leftMs = Date.parse(short.json.hold.until) - Date.now();
    await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
  assertEquals((await run("hold", "--list")).stdout, "");
  await using server = await ServerProcess.start(["serve"], options);
  await server.logged(/"msg":"erased","events":1,"eventId":"evt_9"/);
  await eventually(
    60_000,
    async () => (await statuses(options)).evt_3 === "erased",
    () => server.stderr,
  );
  assertEquals((await statuses(options)).evt_2, "erased");
  assertEquals(await server.stop(), 0);
});

const whyIgnored = await whyNoPostgres();

Deno.test({
  name: "a hold by one instance is obeyed by the other, on PostgreSQL",
  ignore: whyIgnored !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    await using setup = await setUp();
    const env = {
      ...setup.options.env,
      INBOX_STORE: await cluster.database(),
      PORT: "0",
    };
    const options = { ...setup.options, env };
    const run = runner(options);
    await using one = await ServerProcess.start(["serve"], options);
    await using two = await ServerProcess.start(["serve"], options);
    for (const event of [{ id: "evt_1" }, { id: "evt_2" }]) {
      const body = personBody({ ...event, objectId: "inq_jane" });
      await deliver(one.url, body);
    }
    const local = /"localUrl":"([^"]+)"/.exec(one.stderr)?.[1] ?? "";
    const post = async (path: string, body: object) => {
      const response = await fetch(`${local}api/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, ...await response.json() };
    };
    const held = await post("hold", { object: "inq_jane", reason: REASON });
    assertEquals([held.status, held.objects], [200, 1]);
    assertEquals((await deliver(two.url, REDACTED)).status, 200);
    const isTold = () =>
      [one, two].some(({ stderr }) => stderr.includes('"msg":"not erased"'));
    await eventually(60_000, isTold, () => two.stderr);
    const refused = await post("erase", { object: "inq_jane" });
    assertEquals(refused.status, 409);
    assertMatch(
      refused.message,
      /^Cannot erase: inq_jane is on hold until released: case 4711/,
    );
    one.kill("SIGKILL");
    await one.ended();
    const released = await run("release", "inq_jane");
    assertEquals(released.code, 0, released.stderr);
    assertEquals(released.json.erasedEvents, 2);
    assertEquals(await two.stop(), 0);
  },
});

/** Runs the program; its output is parsed, if there is any. */
function runner(options: RunOptions) {
  return async (...args: string[]) => {
    const result = await runProgram(args, options);
    const [line = ""] = result.stdout.split("\n");
    return { ...result, json: line === "" ? {} : JSON.parse(line) };
  };
}

async function audited(options: RunOptions): Promise<string[]> {
  const { stdout } = await runProgram(["audit", "--limit=100"], options);
  return stdout.trim().split("\n").map((line) => JSON.parse(line))
    .map(({ act, subject, detail }) => `${act} ${subject} ${detail}`);
}
