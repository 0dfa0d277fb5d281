/**
 * The thread that dispatches: what destinations do, and how long they take for it,
 * does not concern the thread that receives. It reads the store by itself, and has
 * the receiving thread write for it, as there is one writer.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { createDispatcher } from "./create_dispatcher.ts";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type {
  DispatchPlan,
  DispatchReply,
  DispatchRequest,
} from "./dispatch_protocol.ts";
import { gather } from "../gather.ts";
import type { LogEntry } from "../log.ts";
import { openSqliteDispatchReader } from "../store/sqlite/dispatch_reader.ts";
import type { AttemptRecord } from "../store/store.ts";

let dispatcher: Dispatcher | undefined;
let nextId = 0;
const unrecorded = new Map<number, (isDurable: boolean) => void>();

/** What is to be recorded, or to be logged. */
type Happening =
  | { record: readonly [id: number, record: AttemptRecord] }
  | { entry: LogEntry };

const happen = gather<Happening>((happenings) =>
  reply({
    op: "turn",
    records: happenings.flatMap((one) => "record" in one ? [one.record] : []),
    entries: happenings.flatMap((one) => "entry" in one ? [one.entry] : []),
  })
);

self.onmessage = async ({ data }: MessageEvent<DispatchRequest>) => {
  switch (data.op) {
    case "start":
      return await start(data.plan);
    case "wake":
      return dispatcher?.wake(data.fromSeq);
    case "recorded":
      for (const [id, isDurable] of data.results) {
        unrecorded.get(id)?.(isDurable);
        unrecorded.delete(id);
      }
      return;
    case "states":
      return reply({ op: "states", states: await dispatcher?.states() ?? [] });
    case "abort":
      return dispatcher?.abort();
    case "stop":
      await dispatcher?.stop(data.timeoutMs);
      return reply({ op: "stopped" });
  }
};

async function start(plan: DispatchPlan): Promise<void> {
  const reader = openSqliteDispatchReader(plan.storePath);
  dispatcher = await createDispatcher(plan.destinations, {
    reader,
    record,
    log: (entry) => happen({ entry }),
    isWatching: plan.isWatching,
    environment: plan.environment,
  });
  await dispatcher.start();
}

function record(record: AttemptRecord): Promise<boolean> {
  return new Promise((resolve) => {
    unrecorded.set(nextId, resolve);
    happen({ record: [nextId++, record] });
  });
}

function reply(reply: DispatchReply): void {
  self.postMessage(reply);
}
