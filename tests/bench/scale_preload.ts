/**
 * Fills a store without a server, many events a transaction.
 *
 * @module
 */
// deno-lint-ignore-file no-console

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { deliveries } from "./deliveries.ts";

const BATCH_EVENTS = 1_000;

/** Of the disk for one event: in the database, and in the write-ahead log. */
const EVENT_BYTES = 18_000;

/** Room for what the loads themselves add, and for everybody else. */
const SPARE_BYTES = 2e9;

/**
 * Adds events to a file, and says how far it is.
 *
 * @param destinations To which they are to be dispatched.
 *
 * @throws When the disk is too small.
 */
export async function preload(
  path: string,
  events: number,
  destinations: readonly string[] = [],
): Promise<void> {
  requireDisk(path, events * EVENT_BYTES + SPARE_BYTES);
  const startMs = performance.now();
  let fault = "it is overloaded";
  const store = await openSqliteStore(path, {
    bodyBytesMax: 1 << 20,
    onFailure: ({ message }) => fault = message,
  });
  try {
    for (let stored = 0; stored < events;) {
      const batch = deliveries(Math.min(BATCH_EVENTS, events - stored));
      const results = await Promise.all(
        batch.map((delivery) => store.accept(delivery, destinations)),
      );
      if (results.some(({ ok }) => !ok)) {
        throw new Error(`Cannot fill store: ${fault}`);
      }
      stored += batch.length;
      if (stored % 100_000 === 0) console.error(`${stored} events preloaded`);
    }
  } finally {
    await store.close();
  }
  const { size } = await Deno.stat(path);
  const seconds = (performance.now() - startMs) / 1000;
  console.error(
    `${events} events preloaded in ${seconds.toFixed(0)} s, ${
      (size / 1e9).toFixed(2)
    } GB`,
  );
}

function requireDisk(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path));
  const free = Number(bavail) * Number(bsize);
  if (free >= bytes) return;
  throw new Error(
    `Cannot fill store as the disk must have ${
      (bytes / 1e9).toFixed(0)
    } GB free: current value is ${
      (free / 1e9).toFixed(0)
    } GB; choose another with --dir, or fewer with --stored`,
  );
}
