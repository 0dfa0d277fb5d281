// The dispatching side of a store, for a server without keys.

import type { Outbox, Outboxes, OutboxOptions } from "../store/outbox.ts";
import { isSealed } from "./sealed_bytes.ts";

/** Never hands out what another server has sealed meanwhile as if it were a payload. */
export function withoutSealed(outboxes: Outboxes): Outboxes {
  return {
    get keyGeneration() {
      return outboxes.keyGeneration;
    },
    open: async (destination: string, options: OutboxOptions) =>
      unsealed(await outboxes.open(destination, options)),
    pendingCounts: () => outboxes.pendingCounts(),
    pauses: () => outboxes.pauses(),
    close: () => outboxes.close(),
  };
}

function unsealed(outbox: Outbox): Outbox {
  return {
    pending: (page) => outbox.pending(page),
    load: async (dispatch) => {
      const loaded = await outbox.load(dispatch);
      return loaded && isSealed(loaded.body)
        ? { ...loaded, body: new Uint8Array(), unreadable: "no-key" }
        : loaded;
    },
    record: (record) => outbox.record(record),
    lastAttempts: () => outbox.lastAttempts(),
    canBegin: (dispatch) => outbox.canBegin(dispatch),
    close: () => outbox.close(),
  };
}
