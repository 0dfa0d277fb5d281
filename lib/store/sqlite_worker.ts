/**
 * The thread of the writer: the server goes on receiving while the disk is slow.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { describeFault } from "./sqlite_fault.ts";
import type { Shipped, WorkerReply, WorkerRequest } from "./sqlite_protocol.ts";
import { SqliteWriter } from "./sqlite_writer.ts";
import type { Delivery } from "./store.ts";

let writer: SqliteWriter | undefined;
let shared: Uint8Array<SharedArrayBuffer>;
let checkpointer: Worker | undefined;
let checkpointing: PromiseWithResolvers<void> | undefined;

self.onmessage = async (message: MessageEvent<WorkerRequest>) => {
  self.postMessage(await answer(message.data));
};

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    switch (request.op) {
      case "open":
        shared = new Uint8Array(request.buffer);
        writer = new SqliteWriter(request.path, { onLogGrown: checkpoint });
        startCheckpointer(request.path);
        return { ok: true };
      case "commit":
        return { ok: true, duplicates: writer!.commit(unpack(request.batch)) };
      case "probe":
        writer!.probe();
        return { ok: true };
      case "close":
        await checkpointing?.promise;
        checkpointer?.terminate();
        writer?.close();
        return { ok: true };
    }
  } catch (error) {
    return { ok: false, ...describeFault(error) };
  }
}

function unpack(batch: readonly Shipped[]): Delivery[] {
  return batch.map(({ offset, length, ...delivery }) => ({
    ...delivery,
    body: shared.subarray(offset, offset + length),
  }));
}

function startCheckpointer(path: string): void {
  const url = new URL("./sqlite_checkpointer.ts", import.meta.url);
  checkpointer = new Worker(url, { type: "module", name: path });
  checkpointer.onmessage = () => {
    // What the other thread moved and synced costs this one next to nothing, and
    // only now may the log be written again from its start.
    writer!.checkpoint();
    checkpointing?.resolve();
    checkpointing = undefined;
  };
}

function checkpoint(): void {
  if (checkpointing) return;
  checkpointing = Promise.withResolvers();
  checkpointer!.postMessage(null);
}
