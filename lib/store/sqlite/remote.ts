/**
 * The writer of a SQLite file, in a worker of its own.
 *
 * @module
 */

import { StoreError } from "../../errors.ts";
import type { BatchWriter } from "../group_commit.ts";
import {
  type CheckpointerStart,
  pack,
  type WorkerReply,
  type WorkerRequest,
} from "./protocol.ts";
import { openSqliteDispatchReader } from "./dispatch_reader.ts";
import { openSqliteReader } from "./reader.ts";

/**
 * Starts a worker and opens the store in it.
 *
 * @param path The database file.
 * @param bufferBytes The most bytes of bodies in one batch.
 * @returns The writer.
 * @throws {StoreError} When the store cannot be opened.
 */
export async function openRemoteWriter(
  path: string,
  bufferBytes: number,
): Promise<BatchWriter> {
  const worker = startWorker("./writer_thread.ts");
  // Not a worker of the worker: in Deno 2.9 those take a second to hear each other.
  const checkpointer = startWorker("./checkpoint_thread.ts");
  const { port1, port2 } = new MessageChannel();
  const buffer = new SharedArrayBuffer(bufferBytes);
  const bytes = new Uint8Array(buffer);
  const replies: PromiseWithResolvers<WorkerReply>[] = [];
  worker.onmessage = (message: MessageEvent<WorkerReply>) => {
    replies.shift()?.resolve(message.data);
  };

  async function request(request: WorkerRequest, ports: MessagePort[] = []) {
    const reply = Promise.withResolvers<WorkerReply>();
    replies.push(reply);
    worker.postMessage(request, ports);
    const answer = await reply.promise;
    if (answer.ok) return answer;
    throw new StoreError(answer.message, answer.hint);
  }

  function end(): void {
    worker.terminate();
    checkpointer.terminate();
  }

  try {
    await request({ op: "open", path, buffer, port: port1 }, [port1]);
    const start: CheckpointerStart = { path, port: port2 };
    checkpointer.postMessage(start, [port2]);
  } catch (error) {
    port2.close();
    end();
    throw error;
  }
  return {
    async commit({ acceptances, records, requeues }) {
      const { duplicates } = await request({
        op: "commit",
        acceptances: pack(acceptances, bytes),
        records,
        requeues,
      });
      return duplicates ?? [];
    },
    async probe() {
      await request({ op: "probe" });
    },
    async announce(localUrl) {
      await request({ op: "announce", localUrl });
    },
    openReader: () => openSqliteReader(path),
    openDispatchReader: () => openSqliteDispatchReader(path),
    close: () => request({ op: "close" }).then(() => {}).finally(end),
  };
}

function startWorker(module: string): Worker {
  const url = new URL(module, import.meta.url);
  return new Worker(url, { type: "module", name: module });
}
