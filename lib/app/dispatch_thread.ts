// The dispatcher's thread, so that slow destinations do not affect receiving. It is a
// client of the store of its own.

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { serveCalls } from "../threads/call.ts";
import { openSealedOutboxes } from "./open_sealed.ts";
import {
  type ConfiguredDispatcher,
  createDispatcher,
} from "./create_dispatcher.ts";
import type { DispatchApi, DispatchNotice } from "./dispatch_protocol.ts";

/** A message wakes both threads: many notices go in one. */
const GATHER_MS = 20;

let dispatcher: ConfiguredDispatcher | undefined;
let notices: DispatchNotice[] = [];

const post = serveCalls<DispatchApi>(self, {
  async start({ ticket, sealing, inboxId, isWatching, ...targets }) {
    const outboxes = await openSealedOutboxes(ticket, sealing, {
      onCommit: (commit) => notify({ commit }),
      onFailure: (failure) => notify({ failure }),
      onFatal: (fatal) => {
        notify({ fatal });
        sendNotices();
      },
    });
    dispatcher = await createDispatcher(targets, {
      outboxes,
      log: (entry) => notify({ entry }),
      inboxId,
      isWatching,
    });
    await dispatcher.start();
  },
  reload: async (targets) => await dispatcher?.reload(targets),
  wake: (change) => dispatcher?.wake(change),
  states: async () => await dispatcher?.states() ?? [],
  abort: () => dispatcher?.abort(),
  async stop(timeoutMs) {
    await dispatcher?.stop(timeoutMs);
    sendNotices();
  },
});

function notify(notice: DispatchNotice): void {
  if (notices.push(notice) === 1) setTimeout(sendNotices, GATHER_MS);
}

function sendNotices(): void {
  if (notices.length > 0) post(notices);
  notices = [];
}
