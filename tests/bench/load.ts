/**
 * The load generator, a process of its own so that it shares no event loop with
 * what it measures. Prints one JSON line, a `LoadReport`.
 *
 * ```sh
 * deno run -A tests/bench/load.ts --port 3000 --concurrency 32 --events 30000
 * ```
 *
 * @module
 */

// deno-lint-ignore-file no-console

import { parseArgs } from "node:util";
import { cpuSeconds } from "./cpu_time.ts";
import { LoadLoop, type PhaseResult } from "./load_loop.ts";
import { RequestPool } from "./request_pool.ts";

/** What a server under bench signs with. */
export const BENCH_SECRET = "wbhsec_bench";

/** What the generator prints. */
export interface LoadReport {
  concurrency: number;
  /** Answered with 200, and their rate. */
  accepted: number;
  rate: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  /** When the slowest response came. */
  maxAtSeconds: number;
  /** Answered with another status; the warm-up's count too. */
  refused: number;
  /** Not answered at all; the warm-up's count too. */
  broken: number;
  statuses: Readonly<Record<string, number>>;
  /** Processor time of the whole process `--pid` for each 200; null when unknown. */
  cpuUs: number | null;
  requestBytes: number;
}

/** A server that hangs must not hang the bench. */
const HANG_SECONDS = 30;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      concurrency: { type: "string", default: "32" },
      events: { type: "string", default: "30000" },
      seconds: { type: "string", default: "10" },
      warmup: { type: "string", default: "0" },
      "warmup-seconds": { type: "string", default: "1" },
      "per-second": { type: "string", default: "0" },
      pid: { type: "string" },
      prebuilt: { type: "string", default: "50000" },
      "per-object": { type: "string", default: "1" },
      secret: { type: "string", default: BENCH_SECRET },
    },
  });
  const warmup = {
    count: Number(values.warmup),
    seconds: Number(values["warmup-seconds"]),
    perSecond: 0,
  };
  const phase = {
    count: Number(values.events),
    seconds: Number(values.seconds),
    perSecond: Number(values["per-second"]),
  };
  const concurrency = Number(values.concurrency);
  const prebuilt = Math.min(
    warmup.count + phase.count,
    Number(values.prebuilt),
  );
  const pool = new RequestPool(
    values.secret,
    Math.max(prebuilt, concurrency),
    Number(values["per-object"]),
  );
  const loop = new LoadLoop({ port: Number(values.port), concurrency }, pool);
  const limitMs = (warmup.seconds + phase.seconds + HANG_SECONDS) * 1000;
  const timer = setTimeout(() => {
    throw new Error(
      `Cannot measure as a response did not come in ${limitMs} ms`,
    );
  }, limitMs);
  try {
    const before = await loop.run(warmup);
    const cpuBefore = await cpuSeconds(Number(values.pid));
    const result = await loop.run(phase);
    const cpuUsed = await cpuSeconds(Number(values.pid)) - cpuBefore;
    const report = summarize(result, before);
    console.log(JSON.stringify({
      concurrency,
      ...report,
      cpuUs: round(cpuUsed * 1e6 / report.accepted),
      requestBytes: pool.requestLength,
    }));
  } finally {
    clearTimeout(timer);
    loop.close();
  }
}

function summarize(result: PhaseResult, warmup: PhaseResult) {
  const sorted = result.latenciesMs.toSorted();
  const accepted = result.statuses[200] ?? 0;
  const refusedInWarmup = warmup.latenciesMs.length -
    (warmup.statuses[200] ?? 0);
  return {
    accepted,
    rate: Math.round(accepted / result.seconds),
    seconds: round(result.seconds),
    p50Ms: round(quantile(sorted, 0.5)),
    p99Ms: round(quantile(sorted, 0.99)),
    p999Ms: round(quantile(sorted, 0.999)),
    maxMs: round(quantile(sorted, 1)),
    maxAtSeconds: round(result.slowestAtSeconds),
    refused: sorted.length - accepted + refusedInWarmup,
    broken: result.broken + warmup.broken,
    statuses: result.statuses,
  };
}

/** The smallest value that a share of all is not above. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

if (import.meta.main) await main();
