/**
 * Measures what a store of a million events does to the server: rate, memory,
 * stalls and start. Takes some 10 minutes and 20 GB of disk for a while.
 *
 * ```sh
 * deno run -A tests/bench/scale_bench.ts
 * INBOX_BENCH_EXECUTABLE=dist/persona-inbox deno run -A tests/bench/scale_bench.ts --only start
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { Cleanup } from "./cleanup.ts";
import * as measures from "./scale_measures.ts";
import { preload } from "./scale_preload.ts";
import { formatTable } from "./summary.ts";

interface Measure {
  readonly name: string;
  readonly run: (scale: measures.Scale) => Promise<measures.Row[]>;
  readonly needsFull: boolean;
}

const MEASURES: readonly Measure[] = [
  { name: "start", run: measures.measureStarts, needsFull: true },
  { name: "rate", run: measures.measureRates, needsFull: true },
  { name: "memory", run: measures.measureMemory, needsFull: false },
  { name: "stalls", run: measures.measureStalls, needsFull: false },
];

const HELP = `Measures the server on a store that grows.

  --stored N           events in the full store, 1000000 unless said
  --rounds N           of the rates, 5 unless said
  --memory-events N    200000 unless said
  --stall-seconds S    60 unless said
  --only NAMES         of ${MEASURES.map(({ name }) => name).join(", ")}
  --dir FOLDER         where the stores go: a real disk; the system's unless said
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stored: { type: "string", default: "1000000" },
      rounds: { type: "string", default: "5" },
      "memory-events": { type: "string", default: "200000" },
      "stall-seconds": { type: "string", default: "60" },
      only: { type: "string" },
      dir: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const wanted = values.only?.split(",");
  const chosen = MEASURES.filter(({ name }) =>
    wanted === undefined || wanted.includes(name)
  );
  await using cleanup = new Cleanup();
  const folder = cleanup.tempDir(values.dir);
  const scale: measures.Scale = {
    cleanup,
    folder,
    full: `${folder}/full`,
    stored: Number(values.stored),
    rounds: Number(values.rounds),
    memoryEvents: Number(values["memory-events"]),
    stallSeconds: Number(values["stall-seconds"]),
  };
  await Deno.mkdir(scale.full);
  if (chosen.some(({ needsFull }) => needsFull)) {
    await preload(`${scale.full}/inbox.db`, scale.stored);
  }
  const rows: measures.Row[] = [["measured, 32 at a time", "value"]];
  for (const { run } of chosen) rows.push(...await run(scale));
  console.log(formatTable(rows));
}

// `deno bench` imports this file for its name, and then nothing shall run.
if (import.meta.main) await main();
