/**
 * The thread of the writer: the server goes on receiving while the disk is slow.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { describeFault } from "./errors.ts";
import {
  type CheckpointerRequest,
  unpack,
  type WorkerReply,
  type WorkerRequest,
} from "./protocol.ts";
import { SqliteWriter } from "./writer.ts";

let writer: SqliteWriter | undefined;
let shared: Uint8Array<SharedArrayBuffer>;
let checkpointer: MessagePort;
let checkpointing: Promise<void> | undefined;

self.onmessage = async (message: MessageEvent<WorkerRequest>) => {
  self.postMessage(await answer(message.data));
};

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    switch (request.op) {
      case "open":
        shared = new Uint8Array(request.buffer);
        writer = new SqliteWriter(request.path, { onLogGrown });
        checkpointer = request.port;
        return { ok: true };
      case "commit": {
        const { records, requeues } = request;
        const acceptances = unpack(request.acceptances, shared);
        const batch = { acceptances, records, requeues };
        return { ok: true, duplicates: writer!.commit(batch) };
      }
      case "probe":
        writer!.probe();
        return { ok: true };
      case "announce":
        writer!.announce(request.localUrl);
        return { ok: true };
      case "close":
        await checkpointing;
        await ask("close");
        writer!.close();
        return { ok: true };
    }
  } catch (error) {
    return { ok: false, ...describeFault(error) };
  }
}

function ask(request: CheckpointerRequest): Promise<void> {
  return new Promise((resolve) => {
    checkpointer.onmessage = () => resolve();
    checkpointer.postMessage(request);
  });
}

function onLogGrown(): void {
  checkpointing ??= checkpoint().finally(() => checkpointing = undefined);
}

async function checkpoint(): Promise<void> {
  await ask("checkpoint");
  try {
    // What the other thread moved and synced costs this one next to nothing, and
    // only now may the log be written again from its start.
    writer!.checkpoint();
  } catch {
    // A full disk, say: the log just grows until the commits meet the same fault.
  }
}
