/**
 * The thread of a reader: to look through a million events holds up nobody else.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import type {
  ReadOutcome,
  ReadReply,
  ReadRequest,
  ReadResult,
  Reads,
} from "./reader_protocol.ts";
import { describeFault } from "./errors.ts";
import { openSqliteReader } from "./reader.ts";
import type { EventReader } from "../store.ts";

let reader: EventReader | undefined;

self.onmessage = async ({ data }: MessageEvent<ReadRequest>) => {
  const outcome = await read(data);
  self.postMessage({ id: data.id, outcome } satisfies ReadReply);
};

async function read({ path, name, args }: ReadRequest): Promise<ReadOutcome> {
  try {
    reader ??= openSqliteReader(path);
    const method: (...args: never[]) => Promise<ReadResult<keyof Reads>> =
      reader[name];
    return { ok: true, result: await Reflect.apply(method, reader, args) };
  } catch (error) {
    return { ok: false, ...describeFault(error) };
  }
}
