/**
 * A thread that records attempts one after another, as the dispatcher does beside the
 * thread that receives.
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { openOutboxes } from "../../lib/store/open_store.ts";
import type { StoreTicket } from "../../lib/store/store.ts";
import { attempt } from "./attempts.ts";

/** The attempts that were recorded, and what was complained of. */
export interface RecordingResult {
  readonly recorded: number;
  readonly faults: readonly string[];
}

/** From the thread: the result once it was told to end, or there was a fault. */
export type RecordingReply = "started" | RecordingResult;

let isEnding = false;

self.onmessage = async ({ data }: MessageEvent<StoreTicket | "end">) => {
  if (data === "end") isEnding = true;
  else await record(data);
};

async function record(ticket: StoreTicket): Promise<void> {
  const faults: string[] = [];
  const outboxes = openOutboxes(ticket, {
    onFailure: ({ message }) => void faults.push(message),
    onFatal: ({ message }) => void faults.push(message),
  });
  const outbox = await outboxes.open("a", { attemptMsMax: 0 });
  reply("started");
  let recorded = 0;
  for (; !isEnding && faults.length === 0; recorded++) {
    await outbox.record(attempt({ seq: 1, destination: "a" }));
  }
  await outboxes.close();
  reply({ recorded, faults });
}

function reply(reply: RecordingReply): void {
  self.postMessage(reply);
}
