/**
 * The main program of a process that has a store open and does what another one asks,
 * so that a test can end it at any moment: see `store_process.ts`.
 *
 * @module
 */

import type { EventReader } from "../../lib/store/event_reader.ts";
import type { Outbox, Outboxes } from "../../lib/store/outbox.ts";
import { openStore } from "../../lib/store/open_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { pack, unpack } from "./packed_json.ts";

/** What is called: `store`, `reader`, `outboxes` or `outbox:NAME`. */
export interface HostCall {
  readonly id: number;
  readonly target: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

let store: Store;
let outboxes: Outboxes;
const targets = new Map<string, object>([["host", {
  open: async (url: string) => {
    store = await openStore(url, { bodyBytesMax: 1 << 20 });
    outboxes = store.openOutboxes();
    const reader: EventReader = store.openReader();
    for (const [name, one] of Object.entries({ store, reader, outboxes })) {
      targets.set(name, one);
    }
  },
  openOutbox: async (name: string) => {
    const outbox = await outboxes.open(name, { attemptMsMax: 5_000 });
    targets.set(`outbox:${name}`, outbox);
  },
  closeOutbox: async (name: string) => {
    await (targets.get(`outbox:${name}`) as Outbox).close();
    targets.delete(`outbox:${name}`);
  },
  close: async () => {
    for (const [name, target] of targets) {
      if (!name.startsWith("outbox:")) continue;
      await (target as Outbox).close();
      targets.delete(name);
    }
    (targets.get("reader") as EventReader).close();
    await outboxes.close();
    return await store.close();
  },
}]]);

async function answer({ id, target, method, args }: HostCall): Promise<void> {
  let reply: { result?: unknown; error?: string };
  try {
    const object = targets.get(target);
    if (!object) throw new Error(`no ${target}`);
    const result = await Reflect.apply(
      Reflect.get(object, method),
      object,
      args,
    );
    reply = { result };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : "it threw" };
  }
  const line = new TextEncoder().encode(`${pack({ id, ...reply })}\n`);
  for (let written = 0; written < line.length;) {
    written += Deno.stdout.writeSync(line.subarray(written));
  }
}

let rest = "";
const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const chunk of input) {
  const lines = `${rest}${chunk}`.split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) void answer(unpack(line) as HostCall);
}
Deno.exit(0);
