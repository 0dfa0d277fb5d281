/** Several servers on one PostgreSQL, with everything going wrong that can. */

import { assert, assertEquals } from "@std/assert";
import { statusOf as statusOfGet } from "../support/deliver.ts";
import {
  Instance,
  LaneDestination,
  LaneLoad,
  statusOf,
} from "../support/instances.ts";
import { openReader } from "../../lib/store/open_store.ts";
import { freePort } from "../support/free_port.ts";
import {
  PostgresCluster,
  schemaTests,
  whyNoPooler,
} from "../support/postgres.ts";
import {
  endProcess,
  ROOT,
  runCommand,
  spawnClean,
} from "../support/program.ts";
import { eventText } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

/** The lease of an instance that died or hangs. */
const LEASE_MS = 30_000;

const reason = await whyNoPooler();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

// Bodies of answers that came too late are read by nobody.
const test = schemaTests({ cluster, reason }, {
  sanitizeResources: false,
  sanitizeOps: false,
});

/** Waits until all that was acknowledged has arrived. */
function arrived(load: LaneLoad, destination: LaneDestination): Promise<void> {
  return eventually(
    120_000,
    () => destination.events === load.size,
    () => `${load.size} events at the destination: ${destination.events}`,
  );
}

/** Checks that nothing was lost, stored twice, or delivered in another order. */
async function checkAll(
  url: string,
  load: LaneLoad,
  destination: LaneDestination,
): Promise<void> {
  await load.check(url);
  for (const [object, events] of destination.lanes()) {
    const inOrder = events.toSorted((a, b) => a - b);
    assertEquals(events, inOrder, `the lane of inq_${object}`);
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Waits until so many more events have arrived. */
function progress(destination: LaneDestination, events: number): Promise<void> {
  const before = destination.events;
  return eventually(
    90_000,
    () => destination.events >= before + events,
    () => `${events} more events at the destination`,
  );
}

test("three instances lose nothing and keep order when one is killed, one hangs beyond its lease, and connections break", async (url) => {
  await using destination = new LaneDestination(5);
  const pooled = await cluster!.pooled(url);
  await using a = await Instance.start(url, destination.url);
  await using b = await Instance.start(url, destination.url);
  await using c = await Instance.start(pooled, destination.url);
  const load = new LaneLoad([a, b, c], { objects: 24, pauseMs: 300 });
  await progress(destination, 100);

  for (let times = 0; times < 3; times++) {
    await cluster!.terminateConnections();
    await progress(destination, 30);
  }
  // Each has events that wait, of which it knows as it is stopped.
  destination.delayMs = 500;
  const waiting = () => load.size - destination.events > 150;
  await eventually(60_000, waiting, () => "150 events that wait");
  b.signal("SIGSTOP");
  await a.kill();
  destination.delayMs = 5;
  await a.restart();
  await pause(LEASE_MS + 3_000);
  await progress(destination, 100);
  b.signal("SIGCONT");
  await progress(destination, 100);
  await c.stop();
  await progress(destination, 100);
  await c.restart();
  await progress(destination, 100);

  await load.stop();
  await arrived(load, destination);
  await checkAll(url, load, destination);
  // What was under way at each of the two; more than that, B began what it knew of.
  assert(destination.repeats <= 24, `${destination.repeats} repeats`);
});

test("three instances lose nothing and keep order when PostgreSQL is restarted and killed", async (url) => {
  await using destination = new LaneDestination(5);
  const pooled = await cluster!.pooled(url);
  await using a = await Instance.start(url, destination.url);
  await using b = await Instance.start(url, destination.url);
  await using c = await Instance.start(pooled, destination.url);
  const load = new LaneLoad([a, b, c], { objects: 24, pauseMs: 200 });
  await progress(destination, 100);
  for (const end of ["stop", "kill", "kill"] as const) {
    await cluster![end]();
    await cluster!.start();
    await progress(destination, 100);
  }
  await load.stop();
  await arrived(load, destination);
  await checkAll(url, load, destination);
});

test("an instance without its database answers 503 and is not ready; with it, it works again", async (url) => {
  await using destination = new LaneDestination(0);
  await using one = await Instance.start(url, destination.url);
  const ready = () => statusOfGet(`${one.url}/readyz`);
  assertEquals(await statusOf(one.url, eventText("evt_1")), 200);
  assertEquals(await ready(), 200);
  const troubles = [
    { begin: () => cluster!.stop(), end: () => cluster!.start() },
    { begin: () => cluster!.kill(), end: () => cluster!.start() },
    // It hangs, and so does each connection.
    {
      begin: () => cluster!.signal("SIGSTOP"),
      end: () => cluster!.signal("SIGCONT"),
    },
  ];
  for (const [n, { begin, end }] of troubles.entries()) {
    await begin();
    const body = eventText(`evt_without_${n}`);
    for (let times = 0; times < 3; times++) {
      assertEquals(await statusOf(one.url, body), 503, one.log);
    }
    await eventually(60_000, async () => await ready() === 503, () => "503");
    await end();
    const isBack = async () => await statusOf(one.url, body) === 200;
    await eventually(60_000, isBack, () => `a 200 after trouble ${n}`);
    await eventually(60_000, async () => await ready() === 200, () => "ready");
  }
  await eventually(
    60_000,
    () => destination.events === 4,
    () => `4 events at the destination: ${destination.arrivals}`,
  );
});

test("a dump restores into another database, and an instance goes on with it", async () => {
  await using destination = new LaneDestination(0);
  const url = await cluster!.database();
  const dir = await TempDir.make();
  await using _dir = dir;
  await using one = await Instance.start(url, destination.url);
  for (let n = 0; n < 5; n++) {
    assertEquals(await statusOf(one.url, eventText(`evt_${n}`)), 200);
  }
  await eventually(60_000, () => destination.events === 5, () => "5 events");
  const file = `--file=${dir.path}/inbox.dump`;
  const schemas = "--schema=persona_inbox*";
  await cluster!.tool("pg_dump", ["--format=custom", schemas, file, url]);
  const restored = await cluster!.database();
  const into = `--dbname=${restored}`;
  await cluster!.tool("pg_restore", [into, `${dir.path}/inbox.dump`]);

  await using other = await Instance.start(restored, destination.url);
  // A copy is one, and what is new goes out.
  assertEquals(await statusOf(other.url, eventText("evt_4")), 200);
  assertEquals(await statusOf(other.url, eventText("evt_5")), 200);
  await eventually(60_000, () => destination.events === 6, () => "6 events");
  const reader = openReader(restored);
  const rows = await reader.list({ limit: 10 });
  reader.close();
  assertEquals(
    rows.map(({ id, duplicates }) => [id, duplicates]),
    [["evt_5", 0], ["evt_4", 1], ["evt_3", 0], ["evt_2", 0], ["evt_1", 0], [
      "evt_0",
      0,
    ]],
  );
});

test("behind the README's nginx no delivery fails when an instance is killed", async (url) => {
  if ((await runCommand("nginx", ["-v"]).catch(() => null))?.code !== 0) return;
  await using destination = new LaneDestination(0);
  await using a = await Instance.start(url, destination.url);
  await using b = await Instance.start(url, destination.url);
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [block = ""] = /^upstream [^]*?^}\n(?=```)/m.exec(readme) ?? [];
  const port = freePort();
  const servers = block.replace("127.0.0.1:3000", new URL(a.url).host)
    .replace("127.0.0.1:3010", new URL(b.url).host).replace("8080", `${port}`);
  await using dir = await TempDir.make();
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((
    name,
  ) => `${name}_temp_path ${dir.path}/${name};`).join(" ");
  await dir.write(
    "nginx.conf",
    `daemon off; master_process off; pid ${dir.path}/pid; events {}
     http { access_log off; ${temp} ${servers} }`,
  );
  const nginx = spawnClean("nginx", [
    "-c",
    `${dir.path}/nginx.conf`,
    "-e",
    "stderr",
  ], { cwd: dir.path });
  try {
    const front = `http://127.0.0.1:${port}`;
    const isUp = async () => await statusOfGet(front).catch(() => 0) === 200;
    await eventually(60_000, isUp, () => "nginx");
    for (let n = 0; n < 60; n++) {
      if (n === 20) await a.kill();
      assertEquals(await statusOf(front, eventText(`evt_${n}`)), 200, `${n}`);
    }
  } finally {
    await endProcess(nginx);
    await nginx.stdout.cancel();
    await nginx.stderr.cancel();
  }
});
