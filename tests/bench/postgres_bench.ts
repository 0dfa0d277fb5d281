/**
 * Compares one, two and three instances on PostgreSQL with one on SQLite, in one
 * interleaved run on one machine: rates of accepting, alone and while forwarding, and
 * processor time, that of PostgreSQL included. Part of nothing but `.ci/run`.
 *
 * ```sh
 * deno run -A tests/bench/postgres_bench.ts --rounds 5
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { PostgresCluster, whyNoPostgres } from "../support/postgres.ts";
import { Cleanup, removeFolder } from "./cleanup.ts";
import { cpuSeconds } from "./cpu_time.ts";
import type { DestinationReport } from "./destination_server.ts";
import { inbox, localPath } from "./programs.ts";
import { runLoad } from "./run_load.ts";
import { freePort, ServerProcess } from "./server_process.ts";
import { formatMs, formatTable, median } from "./summary.ts";

const HELP = `Compares instances on PostgreSQL with one on SQLite.

  --rounds N        3 unless said
  --seconds S       so long a point, 3 unless said
  --concurrency N   of the closed loop, divided among the instances, 32 unless said
`;

/** What is compared: how many instances on which store, and whether they forward. */
interface Entrant {
  readonly name: string;
  readonly instances: number;
  readonly isShared: boolean;
  readonly forwards: boolean;
}

const ENTRANTS: readonly Entrant[] = [false, true].flatMap((forwards) =>
  [0, 1, 2, 3].map((count) => ({
    name: `${count === 0 ? "sqlite" : `postgres, ${count}`}${
      forwards ? ", forwarding" : ""
    }`,
    instances: Math.max(1, count),
    isShared: count > 0,
    forwards,
  }))
);

/** A point: events a second, and processor time for each in µs. */
interface Point {
  readonly name: string;
  readonly rate: number;
  readonly p99Ms: number;
  readonly inboxUs: number;
  readonly databaseUs: number;
  readonly forwardedRate: number;
}

interface Setting {
  readonly seconds: number;
  readonly concurrency: number;
  readonly cleanup: Cleanup;
  readonly cluster: PostgresCluster;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      concurrency: { type: "string", default: "32" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const reason = await whyNoPostgres();
  if (reason !== undefined) return console.log(`left out: ${reason}`);
  await using cleanup = new Cleanup();
  await using cluster = await PostgresCluster.start("shared_buffers = 128MB");
  const setting = {
    seconds: Number(values.seconds),
    concurrency: Number(values.concurrency),
    cleanup,
    cluster,
  };
  const points: Point[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const inTurn = round % 2 === 0 ? ENTRANTS : ENTRANTS.toReversed();
    for (const entrant of inTurn) {
      const point = await measure(entrant, setting);
      console.error(JSON.stringify({ round, ...point }));
      points.push(point);
    }
  }
  console.log(`\n${table(points)}`);
}

async function measure(entrant: Entrant, setting: Setting): Promise<Point> {
  const { cleanup, cluster, concurrency, seconds } = setting;
  const folder = cleanup.tempDir();
  const url = entrant.isShared ? cluster.schema() : `sqlite:${folder}/inbox.db`;
  const destination = entrant.forwards ? await startDestination(cleanup) : null;
  const servers: ServerProcess[] = [];
  for (let i = 0; i < entrant.instances; i++) {
    const launch = inbox({ folder });
    const env = {
      ...launch.env,
      INBOX_STORE: url,
      INBOX_ADMIN_PORT: "off",
      ...(destination && { INBOX_FORWARD_URL: destination }),
    };
    servers.push(await ServerProcess.start({ ...launch, env }, cleanup));
  }
  try {
    const before = await cpuOfCluster(cluster);
    const reports = await Promise.all(servers.map(({ port, pid }) =>
      runLoad({
        port,
        pid,
        concurrency: Math.ceil(concurrency / servers.length),
        events: Math.ceil(20_000 * seconds / servers.length),
        seconds,
        warmup: 2_000,
        "warmup-seconds": 0.5,
        prebuilt: 20_000,
      }, cleanup)
    ));
    const databaseSeconds = await cpuOfCluster(cluster) - before;
    const stored = entrant.isShared ? await countEvents(cluster, url) : 1;
    const forwarded = destination ? await eventsAt(destination) : 0;
    const rate = sum(reports.map((one) => one.rate));
    const accepted = sum(reports.map((one) => one.accepted));
    const cpu = sum(reports.map((one) => (one.cpuUs ?? NaN) * one.accepted));
    return {
      name: entrant.name,
      rate,
      p99Ms: Math.max(...reports.map(({ p99Ms }) => p99Ms)),
      inboxUs: cpu / accepted,
      databaseUs: entrant.isShared ? databaseSeconds * 1e6 / stored : 0,
      forwardedRate: forwarded / (seconds + 0.5),
    };
  } finally {
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  }
}

async function startDestination(cleanup: Cleanup): Promise<string> {
  const port = freePort();
  const url = `http://127.0.0.1:${port}/`;
  cleanup.spawn(Deno.execPath(), {
    args: ["run", "-A", "--no-config", localPath("destination_server.ts")],
    env: { PORT: `${port}` },
    stdout: "null",
    stderr: "null",
  });
  while (await eventsAt(url).catch(() => -1) < 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return url;
}

async function eventsAt(destination: string): Promise<number> {
  const response = await fetch(`${destination}report`);
  return (await response.json() as DestinationReport).events;
}

/** The warm-up's events are among them, as its time is among the time. */
async function countEvents(
  cluster: PostgresCluster,
  url: string,
): Promise<number> {
  const schema = new URL(url).searchParams.get("schema");
  return Number(await cluster.sql(`SELECT count(*) FROM ${schema}.events`));
}

async function cpuOfCluster(cluster: PostgresCluster): Promise<number> {
  const used = await Promise.all((await cluster.pids()).map(cpuSeconds));
  return sum(used.filter((seconds) => !Number.isNaN(seconds)));
}

function table(points: readonly Point[]): string {
  const of = (name: string, key: Exclude<keyof Point, "name">) =>
    median(points.filter((one) => one.name === name).map((one) => one[key]));
  const base = of("sqlite", "rate");
  return formatTable([
    [
      "store, instances",
      "accepts/s",
      "of sqlite",
      "p99 ms",
      "CPU µs: inbox",
      "PostgreSQL",
      "forwards/s",
    ],
    ...ENTRANTS.map(({ name, forwards }) => [
      name,
      of(name, "rate").toFixed(0),
      (of(name, "rate") / base).toFixed(2),
      formatMs(of(name, "p99Ms")),
      of(name, "inboxUs").toFixed(0),
      of(name, "databaseUs").toFixed(0),
      forwards ? of(name, "forwardedRate").toFixed(0) : "",
    ]),
  ]);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

// `deno bench` imports this file for its name, and then nothing shall run.
if (import.meta.main) await main();
