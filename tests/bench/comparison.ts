/**
 * What the comparison of servers comes to.
 *
 * @module
 */

import type { LoadReport } from "./load.ts";
import { formatMs, formatTable, median } from "./summary.ts";

/** One server at one concurrency in one round. */
export interface Point extends LoadReport {
  readonly server: string;
  readonly round: number;
  /** After the load. */
  readonly residentMB: number | undefined;
}

/** Medians of rates and latencies, and of resident memory after the highest load. */
export function rateTable(points: readonly Point[]): string {
  const concurrencies = distinct(points.map((point) => point.concurrency));
  return formatTable([
    [
      "server",
      ...concurrencies.map((concurrency) => `c=${concurrency} /s (p99 ms)`),
      "RSS MB",
      "not accepted",
    ],
    ...distinct(points.map((point) => point.server)).map((server) => {
      const own = points.filter((point) => point.server === server);
      const most = Math.max(...concurrencies);
      const resident = own.filter((point) => point.concurrency === most)
        .flatMap((point) => point.residentMB ?? []);
      const lost = own.reduce(
        (sum, { refused, broken }) => sum + refused + broken,
        0,
      );
      return [
        server,
        ...concurrencies.map((concurrency) => {
          const at = own.filter((point) => point.concurrency === concurrency);
          const p99Ms = median(at.map((point) => point.p99Ms));
          return `${medianRate(at)} (${formatMs(p99Ms)})`;
        }),
        resident.length > 0 ? median(resident).toFixed(0) : "?",
        String(lost),
      ];
    }),
  ]);
}

/** How our rate compares with that of each reference, by medians. */
export function ratioTable(points: readonly Point[]): string {
  const concurrencies = distinct(points.map((point) => point.concurrency));
  const servers = distinct(points.map((point) => point.server));
  const rate = (server: string, concurrency: number) =>
    medianRate(
      points.filter((point) =>
        point.server === server && point.concurrency === concurrency
      ),
    );
  return formatTable([
    [
      "rate of inbox relative to",
      ...concurrencies.map((concurrency) => `c=${concurrency}`),
    ],
    ...servers.filter((server) => server !== "inbox").map((server) => [
      server,
      ...concurrencies.map((concurrency) =>
        (rate("inbox", concurrency) / rate(server, concurrency)).toFixed(2)
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
