/**
 * The writer of a SQLite file, in a worker of its own.
 *
 * @module
 */

import { StoreError } from "../errors.ts";
import type { BatchWriter } from "./group_commit.ts";
import type { Shipped, WorkerReply, WorkerRequest } from "./sqlite_protocol.ts";
import type { Delivery } from "./store.ts";

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
  const url = new URL("./sqlite_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "store" });
  const buffer = new SharedArrayBuffer(bufferBytes);
  const bytes = new Uint8Array(buffer);
  const replies: PromiseWithResolvers<WorkerReply>[] = [];
  worker.onmessage = (message: MessageEvent<WorkerReply>) => {
    replies.shift()?.resolve(message.data);
  };

  async function request(request: WorkerRequest) {
    const reply = Promise.withResolvers<WorkerReply>();
    replies.push(reply);
    worker.postMessage(request);
    const answer = await reply.promise;
    if (answer.ok) return answer;
    throw new StoreError(answer.message, answer.hint);
  }

  function pack(batch: readonly Delivery[]): Shipped[] {
    let offset = 0;
    return batch.map(({ body, ...delivery }) => {
      bytes.set(body, offset);
      offset += body.length;
      return { ...delivery, offset: offset - body.length, length: body.length };
    });
  }

  try {
    await request({ op: "open", path, buffer });
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    async commit(batch) {
      const { duplicates } = await request({
        op: "commit",
        batch: pack(batch),
      });
      return duplicates ?? [];
    },
    async probe() {
      await request({ op: "probe" });
    },
    async close() {
      await request({ op: "close" });
      worker.terminate();
    },
  };
}
