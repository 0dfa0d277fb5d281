/**
 * Compares our server with others in one interleaved run: in each round every
 * server meets every load, with a process and a database of its own, and the medians
 * over the rounds count. Part of `deno task bench`; nothing here is a test.
 *
 * ```sh
 * deno run -A tests/bench/server_bench.ts --rounds 5 --only inbox,quickstart --json
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { Cleanup, removeFolder } from "./cleanup.ts";
import { type Point, rateTable, ratioTable } from "./comparison.ts";
import { installPackage } from "./node_modules.ts";
import * as programs from "./programs.ts";
import { runLoad } from "./run_load.ts";
import { type Launch, ServerProcess } from "./server_process.ts";

interface Entrant {
  readonly name: string;
  readonly launch: (options: programs.LaunchOptions) => Launch;
  /** Of npm. */
  readonly packages: readonly string[];
}

const EXPRESS = "express@^4.22.1";
const ENTRANTS: readonly Entrant[] = [
  { name: "inbox", launch: programs.inbox, packages: [] },
  { name: "inbox+keys", launch: programs.sealedInbox, packages: [] },
  { name: "floor", launch: programs.floor, packages: [] },
  { name: "bare", launch: programs.bare, packages: [] },
  { name: "quickstart", launch: programs.quickstart, packages: [EXPRESS] },
  {
    name: "quickstart+sqlite",
    launch: programs.quickstartSqlite,
    packages: [EXPRESS, "better-sqlite3@^12.0.0"],
  },
];

const HELP = `Compares servers under load.

  --rounds N           3 unless said
  --events N           at most so many a point are measured, 30000 unless said
  --seconds S          at most so long a point, 1.25 unless said
  --concurrency LIST   of the closed loops, 1,32,128 unless said
  --per-second N       pace of the open loop, 1000 unless said; 0 for none
  --per-object N       events of each object, 1 unless said: with keys each has its own
  --only NAMES         of ${ENTRANTS.map(({ name }) => name).join(", ")}
  --dir FOLDER         where the databases go: a real disk; the system's unless said
  --node-modules DIR   where packages of npm are kept from run to run
  --json               one line a point; the tables go to standard error
`;

function readOptions() {
  return parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      events: { type: "string", default: "30000" },
      seconds: { type: "string", default: "1.25" },
      concurrency: { type: "string", default: "1,32,128" },
      "per-second": { type: "string", default: "1000" },
      "per-object": { type: "string", default: "1" },
      only: { type: "string" },
      dir: { type: "string" },
      "node-modules": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  }).values;
}

type Options = ReturnType<typeof readOptions>;

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(HELP);
  await using cleanup = new Cleanup();
  const folder = cleanup.tempDir(options.dir);
  const modules = options["node-modules"] ?? `${folder}/npm`;
  const entrants = await available(options, modules, cleanup);
  const points: Point[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const load of loadsOf(options)) {
      for (const entrant of rotate(entrants, round)) {
        const launch = entrant.launch({
          folder: `${folder}/point`,
          nodeModules: `${modules}/node_modules`,
        });
        const measured = await measure(launch, load, options, cleanup);
        const { name } = entrant;
        const point = { server: name, round, load: load.name, ...measured };
        points.push(point);
        if (options.json) console.log(JSON.stringify(point));
        else progress(point);
      }
    }
  }
  const print = options.json ? console.error : console.log;
  print(`\n${rateTable(points)}`);
  if (points.some(({ server }) => server === "inbox")) {
    print(`\n${ratioTable(points)}`);
  }
}

interface Load {
  readonly name: string;
  readonly concurrency: number;
  readonly perSecond: number;
}

function loadsOf(options: Options): Load[] {
  const perSecond = Number(options["per-second"]);
  const closed = options.concurrency.split(",").map(Number).map(
    (concurrency) => ({ name: `c=${concurrency}`, concurrency, perSecond: 0 }),
  );
  if (perSecond === 0) return closed;
  return [...closed, { name: `${perSecond}/s`, concurrency: 64, perSecond }];
}

/** Names those that are left out, and why. */
async function available(
  options: Options,
  modules: string,
  cleanup: Cleanup,
): Promise<readonly Entrant[]> {
  const wanted = options.only?.split(",");
  const found: Entrant[] = [];
  for (const entrant of ENTRANTS) {
    if (wanted && !wanted.includes(entrant.name)) continue;
    let reason: string | undefined;
    for (const specifier of entrant.packages) {
      reason ??= await installPackage(modules, specifier, cleanup);
    }
    if (reason === undefined) found.push(entrant);
    else console.error(`${entrant.name} is left out: ${reason}`);
  }
  return found;
}

/** One server, one load, an empty database. */
async function measure(
  launch: Launch,
  { concurrency, perSecond }: Load,
  options: Options,
  cleanup: Cleanup,
): Promise<Omit<Point, "server" | "round" | "load">> {
  await Deno.mkdir(launch.cwd);
  const server = await ServerProcess.start(launch, cleanup);
  try {
    const report = await runLoad({
      port: server.port,
      concurrency,
      events: Number(options.events),
      seconds: Number(options.seconds),
      warmup: 5_000,
      "warmup-seconds": 0.7,
      "per-second": perSecond,
      "per-object": Number(options["per-object"]),
      pid: server.pid,
    }, cleanup);
    return { ...report, residentMB: await server.residentMB() };
  } finally {
    await server.stop();
    await removeFolder(launch.cwd);
  }
}

/** Whoever comes first in a round meets another machine than who comes last. */
function rotate<Item>(items: readonly Item[], by: number): readonly Item[] {
  const at = by % Math.max(1, items.length);
  return [...items.slice(at), ...items.slice(0, at)];
}

function progress(point: Point): void {
  const { round, load, server, rate, p99Ms, cpuUs } = point;
  console.error(
    `round ${
      round + 1
    }, ${load}, ${server}: ${rate}/s, p99 ${p99Ms} ms, ${cpuUs} µs of CPU each`,
  );
}

// `deno bench` imports this file for its name, and then nothing shall run.
if (import.meta.main) await main();
