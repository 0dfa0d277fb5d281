/**
 * Measures forwarding: its rate beside accepting, what it costs accepting, how soon
 * an event leaves, what much history and a backlog do to it. Part of
 * `deno task bench`; nothing here is a test.
 *
 * ```sh
 * deno run -A tests/bench/forward_bench.ts --seconds 60 --only rates
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { Cleanup } from "./cleanup.ts";
import * as measures from "./forward_measures.ts";
import { preload } from "./scale_preload.ts";
import { formatTable } from "./summary.ts";

const HELP = `Measures forwarding to one destination.

  --rounds N           of the rates, 2 unless said
  --seconds S          of each load, 8 unless said
  --concurrency N      attempts at once, 8 unless said
  --stored N           events behind the backlog, 20000 unless said
  --backlog N          pending dispatches, 10000 unless said
  --per-second N       pace of the latency measure, 700 unless said
  --idle-seconds S     20 unless said
  --only NAMES         of rates, latency, backlog, idle
  --dir FOLDER         where the stores go: a real disk; the system's unless said
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "2" },
      seconds: { type: "string", default: "8" },
      concurrency: { type: "string", default: "8" },
      stored: { type: "string", default: "20000" },
      backlog: { type: "string", default: "10000" },
      "per-second": { type: "string", default: "700" },
      "idle-seconds": { type: "string", default: "20" },
      only: { type: "string" },
      dir: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const isWanted = (name: string) =>
    values.only?.split(",").includes(name) ?? true;
  await using cleanup = new Cleanup();
  const setting: measures.Setting = {
    cleanup,
    folder: cleanup.tempDir(values.dir),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    concurrency: Number(values.concurrency),
  };
  const [stored, backlog] = [Number(values.stored), Number(values.backlog)];
  const rows: measures.Row[] = [["forwarding", "measured"]];
  if (isWanted("rates")) rows.push(...await measures.measureRates(setting));
  if (isWanted("latency")) {
    const pace = Number(values["per-second"]);
    rows.push(...await measures.measureLatency(setting, pace));
  }
  if (isWanted("backlog")) {
    for (const before of [0, stored]) {
      const name = `${backlog} pending at once, ${before} events before`;
      rows.push(
        ...await measures.measureBacklog(setting, name, async (path) => {
          await preload(path, before);
          await preload(path, backlog, ["default"]);
        }),
      );
    }
  }
  if (isWanted("idle")) {
    const seconds = Number(values["idle-seconds"]);
    rows.push(...await measures.measureIdle(setting, seconds));
  }
  console.log(formatTable(rows));
}

// `deno bench` imports this file for its name, and then nothing shall run.
if (import.meta.main) await main();
