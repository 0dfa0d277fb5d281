/**
 * What is measured of forwarding. Each measure prints its numbers as JSON lines and
 * returns rows for the table.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { DatabaseSync } from "node:sqlite";
import { type Cleanup, kill, removeFolder } from "./cleanup.ts";
import { cpuSeconds } from "./cpu_time.ts";
import type { DestinationReport } from "./destination_server.ts";
import { EventTemplate, freshIds } from "./event_template.ts";
import { BENCH_SECRET, type LoadReport } from "./load.ts";
import { CONFIG_FILE, inbox, localPath, sealedInbox } from "./programs.ts";
import { runLoad } from "./run_load.ts";
import { freePort, ServerProcess } from "./server_process.ts";
import { formatMs, median } from "./summary.ts";
import { headerOf } from "../support/signed_delivery.ts";

/** A line of the table: what, and how much. */
export type Row = readonly [string, string];

/** What the measures share. */
export interface Setting {
  readonly cleanup: Cleanup;
  /** Where folders may be made. */
  readonly folder: string;
  readonly rounds: number;
  readonly seconds: number;
  /** Attempts at once. */
  readonly concurrency: number;
}

/** How a destination behaves: fails so often, in percent, or is not there. */
type Behaviour = { failPercent: number; hasKeys?: true } | "down" | "none";

interface Run {
  readonly report: LoadReport;
  /** Dispatches that the store knows to be done when the load ends, a second. */
  readonly doneRate: number;
  /** Processor time of the server a second, in µs. */
  readonly cpuRate: number;
}

const LOAD_CONCURRENCY = 32;

/** Accepting alone, and with each kind of destination, in turn. */
export async function measureRates(setting: Setting): Promise<Row[]> {
  const kinds: readonly [name: string, behaviour: Behaviour][] = [
    ["no destination", "none"],
    ["0 % failures", { failPercent: 0 }],
    ["0 % failures, with keys", { failPercent: 0, hasKeys: true }],
    ["1 % failures", { failPercent: 1 }],
    ["50 % failures", { failPercent: 50 }],
    ["destination down", "down"],
  ];
  const runs = new Map<string, Run[]>(kinds.map(([name]) => [name, []]));
  for (let round = 0; round < setting.rounds; round++) {
    // To come first is of use: the disk has less to catch up with.
    const inTurn = round % 2 === 0 ? kinds : kinds.toReversed();
    for (const [name, behaviour] of inTurn) {
      const run = await loadOnce(setting, behaviour);
      runs.get(name)?.push(run);
      const { rate, p99Ms, refused, broken } = run.report;
      say({ round, name, rate, p99Ms, refused, broken, done: run.doneRate });
    }
  }
  const base = summary(runs.get("no destination") ?? []);
  return kinds.map(([name]) => {
    const { rate, p99Ms, doneRate, cpuRate } = summary(runs.get(name) ?? []);
    const acceptCpuUs = base.cpuRate / base.rate;
    const moreCpuUs = (cpuRate - rate * acceptCpuUs) / doneRate;
    const share = (value: number) => (value / base.rate).toFixed(2);
    return [
      name,
      `accepts ${rate.toFixed(0)}/s (${share(rate)}), p99 ${
        formatMs(p99Ms)
      } ms (${(p99Ms / base.p99Ms).toFixed(2)}), ${
        (cpuRate / rate).toFixed(0)
      } µs of CPU each; forwards ${doneRate.toFixed(0)}/s (${share(doneRate)})${
        doneRate > 0 ? `, ${moreCpuUs.toFixed(0)} µs more each` : ""
      }`,
    ];
  });
}

function summary(runs: readonly Run[]) {
  return {
    rate: median(runs.map(({ report }) => report.rate)),
    p99Ms: median(runs.map(({ report }) => report.p99Ms)),
    doneRate: median(runs.map(({ doneRate }) => doneRate)),
    cpuRate: median(runs.map(({ cpuRate }) => cpuRate)),
  };
}

async function loadOnce(
  setting: Setting,
  behaviour: Behaviour,
): Promise<Run> {
  return await withServers(setting, behaviour, async ({ server, folder }) => {
    const { seconds, cleanup } = setting;
    const startMs = performance.now();
    const report = await runLoad({
      port: server.port,
      concurrency: LOAD_CONCURRENCY,
      events: 20_000 * seconds,
      seconds,
      prebuilt: 20_000,
      pid: server.pid,
    }, cleanup);
    const loadedSeconds = (performance.now() - startMs) / 1000;
    const done = countDone(`${folder}/inbox.db`);
    // The generator's own start counts for nothing: no event came in then.
    const doneRate = done / Math.min(report.seconds, loadedSeconds);
    return { report, doneRate, cpuRate: (report.cpuUs ?? NaN) * report.rate };
  });
}

/** From our 200 to the destination, at a pace that leaves time. */
export async function measureLatency(
  setting: Setting,
  perSecond: number,
): Promise<Row[]> {
  const behaviour = { failPercent: 0 };
  return await withServers(setting, behaviour, async (servers) => {
    const answered = await sendPaced(servers.server.port, {
      perSecond,
      count: perSecond * 5,
    });
    const { times = {} } = await reportOf(servers.destinationPort, "?times");
    const delays = [...answered].map(([id, atMs]) => (times[id] ?? NaN) - atMs)
      .filter((delay) => !Number.isNaN(delay)).sort((a, b) => a - b);
    const at = (share: number) =>
      formatMs(delays[Math.floor(delays.length * share)] ?? NaN);
    say({
      name: "latency",
      perSecond,
      sent: answered.size,
      seen: delays.length,
    });
    return [[
      `from our 200 to the destination, at ${perSecond}/s`,
      `median ${at(0.5)} ms, p99 ${at(0.99)} ms`,
    ]];
  });
}

/** Forwards a backlog with much and little behind it. */
export async function measureBacklog(
  setting: Setting,
  name: string,
  fill: (path: string) => Promise<void>,
): Promise<Row[]> {
  const folder = setting.cleanup.tempDir(setting.folder);
  const path = `${folder}/inbox.db`;
  await fill(path);
  const before = countDone(path);
  const behaviour = { failPercent: 0 };
  const row = await withServers(setting, behaviour, async ({ server }) => {
    // Deliveries go on: the longest wait for a 200 tells of a stall.
    const load = runLoad({
      port: server.port,
      concurrency: 1,
      events: 100_000,
      seconds: setting.seconds,
    }, setting.cleanup);
    const report = await load;
    const done = countDone(path) - before;
    const rate = done / report.seconds;
    say({ name, rate, done, p99Ms: report.p99Ms, maxMs: report.maxMs });
    return [
      name,
      `forwards ${rate.toFixed(0)}/s; slowest 200 meanwhile ${
        formatMs(report.maxMs)
      } ms`,
    ] as const;
  }, folder);
  await removeFolder(folder);
  return [row];
}

/** Processor time of a server that has nothing to do. */
export async function measureIdle(
  setting: Setting,
  seconds: number,
): Promise<Row[]> {
  const behaviour = { failPercent: 0 };
  return await withServers(setting, behaviour, async ({ server }) => {
    await sendPaced(server.port, { perSecond: 10, count: 10 });
    await sleep(3_000);
    const before = await cpuSeconds(server.pid);
    await sleep(seconds * 1000);
    const used = await cpuSeconds(server.pid) - before;
    return [[
      `processor time in ${seconds} s of idling`,
      `${(used * 1000).toFixed(0)} ms`,
    ]];
  });
}

interface Servers {
  readonly server: ServerProcess;
  readonly destinationPort: number;
  readonly folder: string;
}

async function withServers<Result>(
  { cleanup, folder: parent, concurrency }: Setting,
  behaviour: Behaviour,
  use: (servers: Servers) => Promise<Result>,
  folder = cleanup.tempDir(parent),
): Promise<Result> {
  const destinationPort = freePort();
  const url = `http://127.0.0.1:${destinationPort}/`;
  const hasDestination = behaviour !== "none";
  const destinations = hasDestination
    ? [{ name: "default", url, concurrency }]
    : [];
  const settings = { destinations, adminPort: "off" };
  await Deno.writeTextFile(`${folder}/inbox.json`, JSON.stringify(settings));
  const destination = typeof behaviour === "object"
    ? cleanup.spawn(Deno.execPath(), {
      args: [
        "run",
        "--allow-net",
        "--allow-env",
        `--config=${CONFIG_FILE}`,
        localPath("destination_server.ts"),
      ],
      env: {
        PORT: String(destinationPort),
        FAIL_PERCENT: String(behaviour.failPercent),
      },
    })
    : undefined;
  if (destination) await isUp(destinationPort);
  const hasKeys = typeof behaviour === "object" && behaviour.hasKeys;
  const launch = (hasKeys ? sealedInbox : inbox)({ folder });
  const server = await ServerProcess.start(launch, cleanup);
  try {
    return await use({ server, destinationPort, folder });
  } finally {
    await server.stop();
    if (destination) await kill(destination);
  }
}

async function isUp(port: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    try {
      await reportOf(port);
      return;
    } catch {
      await sleep(10);
    }
  }
  throw new Error("Cannot measure as the destination must run");
}

async function reportOf(
  port: number,
  search = "",
): Promise<DestinationReport> {
  const response = await fetch(`http://127.0.0.1:${port}/report${search}`);
  return await response.json();
}

/** Sends one after another in time; tells when each was answered. */
async function sendPaced(
  port: number,
  { perSecond, count }: { perSecond: number; count: number },
): Promise<Map<string, number>> {
  const template = new EventTemplate();
  const answered = new Map<string, number>();
  const startMs = performance.now();
  const sent: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    const waitMs = startMs + i * 1000 / perSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const ids = freshIds();
    const body = new Uint8Array(template.length);
    template.write(body, ids);
    sent.push(
      send(port, body).then(() => {
        answered.set(ids.eventId, performance.timeOrigin + performance.now());
      }),
    );
  }
  await Promise.all(sent);
  await sleep(500);
  return answered;
}

async function send(
  port: number,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(`http://127.0.0.1:${port}/webhook`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "persona-signature": headerOf(body, { timestamp, secret: BENCH_SECRET }),
    },
    body,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Cannot measure: ${response.status}`);
}

function countDone(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const row = db.prepare(
      "SELECT count(*) AS done FROM dispatches WHERE status = 1",
    ).get();
    return Number(row?.done);
  } catch {
    return 0; // No server has opened it yet.
  } finally {
    db.close();
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(numbers: Record<string, unknown>): void {
  console.error(JSON.stringify(numbers));
}
