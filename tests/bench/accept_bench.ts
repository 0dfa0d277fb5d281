/**
 * How long a store takes to keep events, each accepted only once it is durable.
 *
 * @module
 */

import type { Delivery } from "../../lib/store/store.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { Cleanup } from "./cleanup.ts";
import { deliveries } from "./deliveries.ts";

const EVENTS = 1_000;
const group = `accept ${EVENTS} events of 6.5 kB`;

for (const concurrency of [1, 32, 128]) {
  // Each time on a store of its own: a store that grows is another one.
  Deno.bench(
    `${concurrency} at a time, file`,
    { group, n: 10, warmup: 1 },
    async (b) => {
      await using cleanup = new Cleanup();
      await accept(`${cleanup.tempDir()}/inbox.db`, concurrency, b);
    },
  );
}

Deno.bench("32 at a time, memory", { group, n: 10, warmup: 1 }, async (b) => {
  await accept(":memory:", 32, b);
});

async function accept(
  path: string,
  concurrency: number,
  b: Deno.BenchContext,
): Promise<void> {
  let fault = "it is overloaded";
  const store = await openSqliteStore(path, {
    bodyBytesMax: 1 << 20,
    onFailure: ({ message }) => fault = message,
  });
  const waiting: Delivery[] = deliveries(EVENTS);
  b.start();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    let delivery = waiting.pop();
    while (delivery) {
      const { ok } = await store.accept(delivery);
      if (!ok) {
        throw new Error(`Cannot measure as the store must accept: ${fault}`);
      }
      delivery = waiting.pop();
    }
  }));
  b.end();
  await store.close();
}
