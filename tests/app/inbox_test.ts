import { assertEquals, assertRejects } from "@std/assert";
import { defineHandlers } from "../../lib/destinations/handlers.ts";
import { UsageError } from "../../lib/errors.ts";
import { createInbox, type Inbox } from "../../lib/app/inbox.ts";
import type { LogEntry } from "../../lib/log.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  SECRET,
} from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const INFO: Deno.ServeHandlerInfo = {
  remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  completed: Promise.resolve(),
};

async function post(inbox: Inbox, text: string): Promise<number> {
  const timestamp = Math.floor(Date.now() / 1000);
  const request = new Request("http://localhost/webhook", {
    method: "POST",
    headers: { "persona-signature": headerOf(text, { timestamp }) },
    body: bytesOf(text),
  });
  const response = await inbox.handler(request, INFO);
  await response.body?.cancel();
  return response.status;
}

for (const kind of ["sqlite::memory:", "a file"]) {
  Deno.test(`createInbox() brings events to handlers of the program, store ${kind}`, async () => {
    await using dir = await TempDir.make();
    const store = kind === "a file" ? `sqlite:${dir.path}/inbox.db` : kind;
    const handled: unknown[] = [];
    const logged: LogEntry[] = [];
    const inbox = await createInbox({
      secrets: [SECRET],
      store,
      handlers: defineHandlers({
        "inquiry.approved": (event, { attempt, isLatest }) => {
          handled.push([event.id, event.object?.attributes.status]);
          handled.push([attempt, isLatest]);
        },
        "account.*": () => {
          throw new Error("not for this one");
        },
      }),
      onLog: (entry) => logged.push(entry),
    });
    assertEquals(await post(inbox, eventText("evt_1")), 200);
    const isHandled = () => logged.some(({ msg }) => msg === "delivered");
    await eventually(10_000, isHandled, () => "the handler");
    await inbox.close();
    assertEquals(handled, [["evt_1", "approved"], [1, true]]);
  });
}

Deno.test("createInbox() leaves alone what no handler is for", async () => {
  const logged: LogEntry[] = [];
  const inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    handlers: defineHandlers({ "account.*": () => {} }),
    onLog: (entry) => logged.push(entry),
  });
  assertEquals(await post(inbox, eventText()), 200);
  await inbox.close();
  assertEquals(logged.map(({ msg }) => msg), ["received"]);
});

Deno.test("createInbox() refuses wrong options, all at once and by their places", async () => {
  const error = await assertRejects(
    () =>
      createInbox({
        secrets: [],
        toleranceSeconds: 0,
        destinations: [{ name: "app", url: "ftp://example.com" }],
      }),
    UsageError,
  );
  assertEquals(error.faults.map((fault) => fault.split(" as ")[0]), [
    'Cannot use "secret" in the options of createInbox()',
    'Cannot use "toleranceSeconds" in the options of createInbox()',
    'Cannot use "destinations[0].url" in the options of createInbox()',
  ]);
});

Deno.test("createInbox() finishes what was begun when it is closed", async () => {
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let isOver = false;
  const inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    handlers: defineHandlers({
      "*": async () => {
        begun.resolve();
        await goOn.promise;
        isOver = true;
      },
    }),
  });
  assertEquals(await post(inbox, eventText()), 200);
  await begun.promise;
  const closed = inbox.close();
  assertEquals(await post(inbox, eventText("evt_2")), 503);
  goOn.resolve();
  await closed;
  assertEquals(isOver, true);
});
