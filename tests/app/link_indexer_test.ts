import { assertEquals } from "@std/assert";
import { startLinkIndexer } from "../../lib/app/link_indexer.ts";
import type { LocalParts } from "../../lib/app/local_app.ts";
import { systemClock } from "../../lib/clock.ts";
import { InboxError } from "../../lib/errors.ts";
import { type LogEntry, toLoggable } from "../../lib/log.ts";
import { Monitor } from "../../lib/monitor/monitor.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import { eventually } from "../support/within.ts";

Deno.test("a redaction that cannot be carried out is told, and keeps nothing out of the index", async () => {
  const store = await openSqliteStore(":memory:", { bodyBytesMax: 1024 });
  const open = new OpenStore(store);
  const logged: LogEntry[] = [];
  const fault = new InboxError("Cannot erase: too much", "Erase by hand");
  const parts = {
    store,
    logger: { log: (entry: LogEntry) => logged.push(entry) },
    monitor: new Monitor(systemClock),
    clock: systemClock,
    config: { onRedacted: "erase" },
    eraser: { eraseRedacted: () => Promise.reject(fault) },
  } as unknown as LocalParts;
  await open.accept(delivery("evt_1", { name: "inquiry.redacted" }));
  await open.accept(delivery("evt_2"));
  const indexer = startLinkIndexer(open.reader, () => parts);
  await eventually(
    60_000,
    async () => (await open.reader.linkProgress()).linkedSeq === 2,
    () => "the second event in the index",
  );
  await indexer.stop();
  const eventId = toLoggable("evt_1");
  const objectId = toLoggable("inq_1");
  const { message: reason } = fault;
  assertEquals(logged, [{ msg: "not erased", eventId, objectId, reason }]);
  await open.close();
});
