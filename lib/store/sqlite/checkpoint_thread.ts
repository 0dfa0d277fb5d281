// The thread of checkpoints, so that nothing else waits for them.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { FatalStoreError } from "../../errors.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { CheckpointReply, CheckpointStart } from "./checkpoints.ts";
import { describeFault } from "./errors.ts";
import { StoreGate } from "./store_gate.ts";

self.onmessage = ({ data }: MessageEvent<CheckpointStart>) => {
  const gate = new StoreGate(data.shared);
  let checkpointer: Checkpointer | undefined;
  let isEnding = false;
  for (let known = 0; !isEnding;) {
    gate.waitForRequest(known);
    known = gate.checkpointsWanted;
    isEnding = gate.isEnding;
    // Whoever reads the store still may keep SQLite from a checkpoint at its end.
    const isDue = !isEnding || gate.scrubbed < gate.scrubsWanted;
    if (!isDue || gate.breakage) continue;
    try {
      checkpointer ??= new Checkpointer(data.path, gate);
      checkpointer.move();
      reply({ kind: "moved" });
    } catch (error) {
      const kind = error instanceof FatalStoreError ? "fatal" : "failed";
      reply({ kind, fault: describeFault(error) });
    }
  }
  if (!gate.breakage) checkpointer?.close();
  reply({ kind: "ended" });
};

function reply(reply: CheckpointReply): void {
  self.postMessage(reply);
}
