/**
 * What is measured of a server whose store grows. Each measure prints its numbers
 * as JSON lines and returns rows for the table.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { type Cleanup, removeFolder } from "./cleanup.ts";
import { bare, inbox } from "./programs.ts";
import { type LoadOptions, runLoad } from "./run_load.ts";
import { ServerProcess } from "./server_process.ts";
import { median } from "./summary.ts";

/** A line of the table: what, and how much. */
export type Row = readonly [string, string];

/** What the measures share. */
export interface Scale {
  readonly cleanup: Cleanup;
  /** Where folders may be made. */
  readonly folder: string;
  /** The folder of the store that is full. */
  readonly full: string;
  readonly stored: number;
  readonly rounds: number;
  readonly stallSeconds: number;
  readonly memoryEvents: number;
}

const CONCURRENCY = 32;

/** The rate of an empty store and of a full one, in turn. */
export async function measureRates(scale: Scale): Promise<Row[]> {
  const rates: { empty: number[]; full: number[] } = { empty: [], full: [] };
  for (let round = 0; round < scale.rounds; round++) {
    // Whoever comes first in a round is another one in the next.
    const kinds = round % 2 === 0
      ? ["empty", "full"] as const
      : ["full", "empty"] as const;
    for (const kind of kinds) {
      const { rate, p99Ms } = await withServer(
        scale,
        kind,
        (server) =>
          load(scale, server, {
            events: 40_000,
            seconds: 5,
            warmup: 10_000,
            "warmup-seconds": 2,
          }),
      );
      rates[kind].push(rate);
      say({ measure: "rate", round, store: kind, rate, p99Ms });
    }
  }
  const [empty, full] = [median(rates.empty), median(rates.full)];
  return [
    ["rate, empty store", `${empty.toFixed(0)}/s`],
    [`rate, ${scale.stored} events stored`, `${full.toFixed(0)}/s`],
    ["full : empty", (full / empty).toFixed(2)],
  ];
}

/** Resident memory after few events and after many. */
export async function measureMemory(scale: Scale): Promise<Row[]> {
  return await withServer(scale, "empty", async (server) => {
    await load(scale, server, { events: 1_000, seconds: 60 });
    const few = await server.residentMB();
    const many = await load(scale, server, {
      events: scale.memoryEvents - 1_000,
      seconds: 300,
    });
    const after = await server.residentMB();
    const events = 1_000 + many.accepted;
    say({ measure: "memory", events, fewMB: few, manyMB: after });
    if (few === undefined || after === undefined) {
      return [["resident memory", "this system does not tell"]];
    }
    return [
      ["resident memory after 1000 events", `${few} MB`],
      [`resident memory after ${events} events`, `${after} MB`],
      ["many : few", (after / few).toFixed(2)],
    ];
  });
}

/** The longest waits under load; those of a bare server tell the machine's share. */
export async function measureStalls(scale: Scale): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of ["empty", "bare"] as const) {
    const report = await withServer(
      scale,
      kind,
      (server) =>
        load(scale, server, {
          events: 100_000 * scale.stallSeconds,
          seconds: scale.stallSeconds,
          warmup: 10_000,
          prebuilt: 20_000,
        }),
    );
    const server = kind === "empty" ? "inbox" : kind;
    say({ measure: "stalls", server, ...report });
    rows.push([
      `${server}, ${report.seconds} s: p99, p999, max`,
      `${report.p99Ms}, ${report.p999Ms}, ${report.maxMs} ms`,
    ]);
  }
  return rows;
}

/** From the start of the process to its first 200 of `/readyz`. */
export async function measureStarts(scale: Scale): Promise<Row[]> {
  const SPAWNS = 10;
  const times: { empty: number[]; full: number[] } = { empty: [], full: [] };
  for (let spawn = 0; spawn < SPAWNS; spawn++) {
    for (const kind of ["empty", "full"] as const) {
      const ms = await withServer(
        scale,
        kind,
        (server) => Promise.resolve(Math.round(server.readyAfterMs)),
      );
      times[kind].push(ms);
    }
  }
  say({ measure: "start", ...times });
  const text = (times: number[]) =>
    `${median(times).toFixed(0)} ms (${Math.min(...times)} to ${
      Math.max(...times)
    })`;
  return [
    ["start to /readyz, empty store", text(times.empty)],
    [`start to /readyz, ${scale.stored} events stored`, text(times.full)],
  ];
}

async function withServer<Result>(
  scale: Scale,
  kind: "empty" | "full" | "bare",
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const launch = kind === "bare" ? bare : inbox;
  const folder = kind === "full" ? scale.full : `${scale.folder}/empty`;
  await Deno.mkdir(folder, { recursive: true });
  const server = await ServerProcess.start(launch({ folder }), scale.cleanup);
  try {
    return await use(server);
  } finally {
    await server.stop();
    if (kind !== "full") await removeFolder(folder);
  }
}

async function load(
  scale: Scale,
  { port }: ServerProcess,
  options: Omit<LoadOptions, "port" | "concurrency">,
) {
  const report = await runLoad(
    { port, concurrency: CONCURRENCY, ...options },
    scale.cleanup,
  );
  return report;
}

function say(numbers: Record<string, unknown>): void {
  console.error(JSON.stringify(numbers));
}
