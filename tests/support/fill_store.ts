/** Stores 80 MiB, whatever comes of it; tells what was acknowledged. */
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { deliveries } from "./deliveries.ts";

const faults = new Set<string>();
const stored: string[] = [];
const store = await openSqliteStore(Deno.args[0]!, {
  bodyBytesMax: 1 << 20,
  onFailure: ({ message }) => faults.add(message),
});
const body = new Uint8Array(1 << 18);
for (let round = 0; round < 80; round++) {
  const batch = deliveries(4, round * 4);
  const results = await Promise.all(
    batch.map((one) => store.accept({ ...one, body })),
  );
  results.forEach(({ ok }, i) => ok && stored.push(batch[i]!.id));
}
await store.close();
await new Blob([JSON.stringify({ stored, faults: [...faults] })]).stream()
  .pipeTo(Deno.stdout.writable);
