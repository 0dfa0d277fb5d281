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
import type {
  DispatchApi,
  DispatchNotice,
  DispatchPlan,
} from "./threaded_dispatcher.ts";

/** The wait for further notices: a message wakes both threads. */
const NOTICES_MS = 20;

let dispatcher: ConfiguredDispatcher | undefined;
let started = Promise.resolve();
let notices: DispatchNotice[] = [];

const post = serveCalls<DispatchApi>(self, {
  start: (plan) => started = start(plan),
  async reload(targets) {
    await started;
    await dispatcher?.reload(targets);
  },
  wake: (change) => dispatcher?.wake(change),
  states: async () => await dispatcher?.states() ?? [],
  abort: () => dispatcher?.abort(),
  async stop(timeoutMs) {
    await dispatcher?.stop(timeoutMs);
    sendNotices();
  },
});

async function start(
  { ticket, sealing, inboxId, isWatching, ...targets }: DispatchPlan,
): Promise<void> {
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
}

function notify(notice: DispatchNotice): void {
  if (notices.push(notice) === 1) setTimeout(sendNotices, NOTICES_MS);
}

function sendNotices(): void {
  if (notices.length > 0) post(notices);
  notices = [];
}
