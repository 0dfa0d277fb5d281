/**
 * What the comparison of servers comes to.
 *
 * @module
 */

import type { LoadReport } from "./load.ts";
import { formatMs, formatTable, median } from "./summary.ts";

/** One server under one load in one round. */
export interface Point extends LoadReport {
  readonly server: string;
  readonly round: number;
  /** The name of the load: `c=32`, or `1000/s` for an open loop. */
  readonly load: string;
  /** After the load. */
  readonly residentMB: number | undefined;
}

/** Medians of rate, latency and processor time, and of resident memory after the highest load. */
export function rateTable(points: readonly Point[]): string {
  const loads = distinct(points.map((point) => point.load));
  const most = Math.max(...points.map(({ concurrency }) => concurrency));
  return formatTable([
    ["/s (p99 ms, CPU µs each)", ...loads, "RSS MB", "not accepted"],
    ...distinct(points.map((point) => point.server)).map((server) => {
      const own = points.filter((point) => point.server === server);
      const resident = own.filter((point) => point.concurrency === most)
        .flatMap((point) => point.residentMB ?? []);
      const lost = own.reduce(
        (sum, { refused, broken }) => sum + refused + broken,
        0,
      );
      return [
        server,
        ...loads.map((load) => {
          const at = own.filter((point) => point.load === load);
          const p99Ms = median(at.map((point) => point.p99Ms));
          const cpuUs = median(at.map((point) => point.cpuUs ?? NaN));
          const cpu = Number.isNaN(cpuUs) ? "?" : cpuUs.toFixed(0);
          return `${medianRate(at)} (${formatMs(p99Ms)}, ${cpu})`;
        }),
        resident.length > 0 ? median(resident).toFixed(0) : "?",
        String(lost),
      ];
    }),
  ]);
}

/** How our rate in closed loops compares with that of each reference, by medians. */
export function ratioTable(points: readonly Point[]): string {
  const loads = distinct(points.map((point) => point.load))
    .filter((load) => load.startsWith("c="));
  const servers = distinct(points.map((point) => point.server));
  const rate = (server: string, load: string) =>
    medianRate(
      points.filter((point) => point.server === server && point.load === load),
    );
  return formatTable([
    ["rate of inbox relative to", ...loads],
    ...servers.filter((server) => server !== "inbox").map((server) => [
      server,
      ...loads.map((load) =>
        (rate("inbox", load) / rate(server, load)).toFixed(2)
      ),
    ]),
  ]);
}

function medianRate(points: readonly Point[]): number {
  return Math.round(median(points.map((point) => point.rate)));
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}
