import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  defineHandlers,
  type EventHandlers,
} from "../../lib/destinations/handlers.ts";
import { UsageError } from "../../lib/errors.ts";
import { createInbox, type Inbox } from "../../lib/app/inbox.ts";
import type { InboxOptions } from "../../lib/app/inbox_options.ts";
import type { LogEntry } from "../../lib/log.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  SECRET,
} from "../support/signed_delivery.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
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

/** What is logged by the time alone. */
const TIMED: readonly string[] = ["audit head", "retention passed"];

/** What was logged of deliveries, and of what went wrong. */
function messagesOf(logged: readonly LogEntry[]): string[] {
  return logged.map(({ msg }) => msg).filter((msg) => !TIMED.includes(msg));
}

for (const kind of ["sqlite::memory:", "a file"]) {
  Deno.test(`createInbox() dispatches events to handlers of the program, store ${kind}`, async () => {
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
    await eventually(60_000, isHandled, () => "the handler");
    await inbox.close();
    assertEquals(handled, [["evt_1", "approved"], [1, true]]);
  });
}

Deno.test("createInbox() ignores events without a handler", async () => {
  const logged: LogEntry[] = [];
  const inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    handlers: defineHandlers({ "account.*": () => {} }),
    onLog: (entry) => logged.push(entry),
  });
  assertEquals(await post(inbox, eventText()), 200);
  await inbox.close();
  assertEquals(messagesOf(logged), ["received"]);
});

Deno.test("createInbox() reports all invalid options at once, by their paths", async () => {
  const error = await assertRejects(
    () =>
      createInbox({
        secrets: [SECRET],
        toleranceSeconds: 0,
        destinations: [{ name: "app", url: "ftp://example.com" }],
      }),
    UsageError,
  );
  assertEquals(error.faults.map((fault) => fault.split(" as ")[0]), [
    'Cannot use "toleranceSeconds" in the options of createInbox()',
    'Cannot use "destinations[0].url" in the options of createInbox()',
  ]);
});

Deno.test("createInbox() finishes attempts in progress when it is closed", async () => {
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

Deno.test("createInbox() refuses a destination with the name of its handlers", async () => {
  const error = await assertRejects(
    () =>
      createInbox({
        secrets: [SECRET],
        store: "sqlite::memory:",
        handlers: defineHandlers({ "*": () => {} }),
        destinations: [{ name: "handlers", url: "http://127.0.0.1:2/" }],
      }),
    UsageError,
  );
  assertEquals(error.faults, [
    'Cannot use "destinations[0].name" in the options of createInbox() as "handlers" is reserved for the handlers of createInbox(): choose another name',
  ]);
});

Deno.test("createInbox() refuses handlers and modules that cannot work", async () => {
  await using dir = await TempDir.make();
  await dir.write("broken.ts", "throw new Error('boom');");
  const module = `${dir.path}/broken.ts`;
  const error = await assertRejects(
    () =>
      createInbox({
        secrets: [SECRET],
        store: `sqlite:${dir.path}/inbox.db`,
        handlers: { "inquiry.*": 1 } as unknown as EventHandlers,
        destinations: [
          { name: "typed", module },
          { name: "gone", module: `${dir.path}/gone.ts` },
        ],
      }),
    UsageError,
  );
  const [handlers = "", typed = "", gone = "", ...more] = error.faults;
  assertEquals(more, []);
  assertMatch(handlers, /handlers\["inquiry\.\*"\] must be a function/);
  assertMatch(typed, /^Cannot dispatch to typed: .*\n?.*Error: boom/);
  assertMatch(
    gone,
    /^Cannot dispatch to gone: .* Module not found ".*gone\.ts"/,
  );
  for (const fault of error.faults) {
    assert(!fault.includes("module_host"), fault);
  }
  const names = await Array.fromAsync(Deno.readDir(dir.path));
  assertEquals(names.map(({ name }) => name), ["broken.ts"]);
});

Deno.test("createInbox() runs a module, and warns of keys that match no known event", async () => {
  await using dir = await TempDir.make();
  await dir.write("handlers.ts", "export default { 'inquiry.*'() {} };");
  const logged: LogEntry[] = [];
  const inbox = await createInbox({
    secrets: [SECRET],
    store: `sqlite:${dir.path}/inbox.db`,
    handlers: { ["inquiry.aproved" as string]: () => {} },
    destinations: [{ name: "typed", module: `${dir.path}/handlers.ts` }],
    onLog: (entry) => logged.push(entry),
  });
  assertEquals(await post(inbox, eventText()), 200);
  const isHandled = () => logged.some(({ msg }) => msg === "delivered");
  await eventually(60_000, isHandled, () => JSON.stringify(logged));
  await inbox.close();
  const [warning] = logged;
  assert(warning?.msg === "settings warning");
  assertMatch(
    warning.warning,
    /^handlers: "inquiry\.aproved" .*Did you mean "inquiry\.approved"/,
  );
});

/** Posts from a thread of its own, and marks the answer in memory that both share. */
function postElsewhere(
  url: string,
  text: string,
  answered: Int32Array,
): Worker {
  const timestamp = Math.floor(Date.now() / 1000);
  const code = `onmessage = async ({ data }) => {
    const { url, text, header, answered } = data;
    const headers = { "persona-signature": header };
    const response = await fetch(url, { method: "POST", headers, body: text });
    await response.text();
    Atomics.store(answered, 0, response.status);
    Atomics.notify(answered, 0);
  };`;
  const source = URL.createObjectURL(new Blob([code]));
  const worker = new Worker(source, { type: "module" });
  const header = headerOf(text, { timestamp });
  worker.postMessage({ url, text, header, answered });
  return worker;
}

for (const kind of ["sqlite::memory:", "a file"]) {
  Deno.test(`createInbox() answers a delivery before its handler can block the thread, store ${kind}`, async () => {
    await using dir = await TempDir.make();
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const seen = Promise.withResolvers<number>();
    const inbox = await createInbox({
      secrets: [SECRET],
      store: kind === "a file" ? `sqlite:${dir.path}/inbox.db` : kind,
      handlers: defineHandlers({
        "*": () => {
          Atomics.wait(answered, 0, 0, 4_000); // Blocks this thread.
          seen.resolve(Atomics.load(answered, 0));
        },
      }),
    });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      inbox.handler,
    );
    const url = `http://127.0.0.1:${server.addr.port}/webhook`;
    const worker = postElsewhere(url, eventText(), answered);
    assertEquals(await seen.promise, 200);
    worker.terminate();
    await server.shutdown();
    await inbox.close();
  });
}

Deno.test("createInbox() refuses options without effect and says what secrets must be", async () => {
  const secrets =
    "Cannot use \"secrets\" of createInbox() as it must be a list of one or more secrets, none of them empty: copy the secret from the webhook's page in Persona's dashboard";
  const known =
    "secrets, store, handlers, destinations, toleranceSeconds, bodyBytesMax, retentionDays, retentionDeadDays, retention, onRedacted, adminToken, adminHost, onLog";
  const table: [options: unknown, faults: string[]][] = [
    [{}, [secrets]],
    [undefined, [secrets]],
    [{ secrets: [""] }, [secrets]],
    [{ secrets: SECRET }, [secrets]],
    [{ secret: SECRET }, [
      'Unknown option "secret" of createInbox(). Did you mean "secrets"?',
      secrets,
    ]],
    [{ secrets: [SECRET], forwardUrl: "http://127.0.0.1:8080" }, [
      `Unknown option "forwardUrl" of createInbox(). Known keys: ${known}`,
    ]],
    [{ secrets: [SECRET], toleranceSeconds: NaN }, [
      'Cannot use "toleranceSeconds" of createInbox() as it must be a whole number: current value is NaN',
    ]],
  ];
  for (const [options, faults] of table) {
    const error = await assertRejects(
      () => createInbox(options as InboxOptions),
      UsageError,
    );
    assertEquals(error.faults, faults);
    assert(!error.hint.includes("--"), error.hint);
  }
});

Deno.test("createInbox() without onLog reports a throwing handler on standard error", async () => {
  const program = `
    import { createInbox, sign } from "${
    import.meta.resolve("../../lib/mod.ts")
  }";
    const inbox = await createInbox({
      secrets: ["${SECRET}"],
      store: "sqlite::memory:",
      handlers: { "inquiry.*"() { setTimeout(() => inbox.close(), 0); throw new Error("canary"); } },
    });
    const body = new TextEncoder().encode(${JSON.stringify(eventText())});
    const headers = { "persona-signature": await sign("${SECRET}", body) };
    const request = new Request("http://localhost/webhook", { method: "POST", headers, body });
    const remoteAddr = { transport: "tcp", hostname: "127.0.0.1", port: 1 };
    await inbox.handler(request, { remoteAddr, completed: Promise.resolve() });
  `;
  await using dir = await TempDir.make();
  await dir.write("program.ts", program);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "-c",
      "deno.json",
      `${dir.path}/program.ts`,
    ],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const err = new TextDecoder().decode(stderr);
  assertEquals([code, stdout.length], [0, 0], err);
  const entry = JSON.parse(err);
  assertEquals([entry.msg, entry.reason], ["attempt failed", "threw"]);
  assert(!err.includes("canary"), err);
});

Deno.test("createInbox() names the permission that its threads lack", async () => {
  await using dir = await TempDir.make();
  const lib = import.meta.resolve("../../lib/mod.ts");
  await dir.write(
    "program.ts",
    `import { createInbox } from "${lib}";
    await createInbox({ secrets: ["${SECRET}"], store: "sqlite:${dir.path}/inbox.db" });`,
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--config=deno.json",
      `--allow-read=${dir.path}`,
      `--allow-write=${dir.path}`,
      `${dir.path}/program.ts`,
    ],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 1, said);
  assertMatch(
    said,
    /UsageError: Cannot start the threads of the store: reading \S+\/lib\/ is not permitted: add it to --allow-read/,
  );
});

Deno.test("createInbox() replays dead letters and what is pending, and closes by await using", async () => {
  let isFixed = false;
  await using server = new EchoReceiver(() =>
    new Response(null, { status: isFixed ? 200 : 500 })
  );
  await using dir = await TempDir.make();
  const logged: LogEntry[] = [];
  const messages = () => messagesOf(logged).sort().join(", ");
  const url = `http://127.0.0.1:${server.port}/`;
  await using inbox = await createInbox({
    secrets: [SECRET],
    store: `sqlite:${dir.path}/inbox.db`,
    handlers: defineHandlers({
      "*": () => {
        if (!isFixed) throw new Error("not yet");
      },
    }),
    destinations: [{ name: "app", url, attemptsMax: 1 }],
    onLog: (entry) => logged.push(entry),
  });
  assertEquals(await post(inbox, eventText("evt_1")), 200);
  const isTried = () => messages() === "attempt failed, dead letter, received";
  await eventually(60_000, isTried, messages);
  assertEquals(await inbox.replay(["evt_0"]), 0);
  isFixed = true;
  assertEquals(await inbox.replay(), 1);
  const isAgain = () => messages().includes("delivered");
  await eventually(60_000, isAgain, messages);
  assertEquals(await inbox.replay(["evt_1"]), 1);
  const isDone = () => messages().includes("delivered, delivered");
  await eventually(60_000, isDone, messages);
  assertEquals(await inbox.replay(), 0);
});

Deno.test("createInbox() accepts deliveries passed on from another path", async () => {
  await using inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    onLog: () => {},
  });
  const text = eventText();
  const timestamp = Math.floor(Date.now() / 1000);
  const request = () =>
    new Request("http://localhost/hooks/persona?a=1", {
      method: "POST",
      headers: { "persona-signature": headerOf(text, { timestamp }) },
      body: bytesOf(text),
    });
  const elsewhere = await inbox.handler(request(), INFO);
  const passedOn = request();
  const { status } = await inbox.handler(
    new Request(new URL("/webhook", passedOn.url), passedOn),
    INFO,
  );
  assertEquals([elsewhere.status, status], [404, 200]);
});

Deno.test("createInbox() warns about secrets by the name of their option", async () => {
  const logged: LogEntry[] = [];
  await using _inbox = await createInbox({
    secrets: [`"${SECRET}"`],
    store: "sqlite::memory:",
    onLog: (entry) => logged.push(entry),
  });
  const [warning] = logged;
  assert(warning?.msg === "settings warning");
  assertMatch(warning.warning, /"secrets" in the options of createInbox\(\)/);
});

Deno.test("createInbox() lists events, returns statistics, and serves the page and its API", async () => {
  await using inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    handlers: defineHandlers({
      "inquiry.approved": () => {
        throw new Error("not now");
      },
    }),
    onLog() {},
  });
  for (const id of ["evt_1", "evt_2", "evt_3"]) {
    assertEquals(await post(inbox, eventText(id)), 200);
  }
  const { events, cursor } = await inbox.events({
    name: ["inquiry.*"],
    since: new Date(0),
    status: "pending",
    limit: 2,
  });
  assertEquals(events.map(({ id }) => id), ["evt_3", "evt_2"]);
  assertEquals(events[0]?.dispatches?.[0]?.destination, "handlers");
  const rest = await inbox.events({ cursor });
  assertEquals(rest.events.map(({ id }) => id), ["evt_1"]);

  const stats = await inbox.stats();
  assertEquals([stats.events, stats.pending, stats.dead], [3, 3, 0]);
  assertEquals(
    stats.destinations.map(({ name, kind, events }) => [name, kind, events]),
    [["handlers", "handlers", ["inquiry.approved"]]],
  );

  const ask = (path: string, init?: RequestInit) =>
    inbox.localHandler(new Request(`http://localhost:3001${path}`, init), INFO);
  const page = await ask("/");
  assertMatch(await page.text(), /<!doctype html>/i);
  const listed = await (await ask("/api/events?limit=1")).json();
  assertEquals(listed.events[0].id, "evt_3");
  const replayed = await ask("/api/events/evt_1/replay", { method: "POST" });
  assertEquals([replayed.status, (await replayed.json()).dispatches], [202, 1]);
});

Deno.test("createInbox() reports all faults of an invalid query at once", async () => {
  await using inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
  });
  const query = { nam: "inquiry.*", since: new Date(NaN), limit: 0 };
  const error = await assertRejects(() => inbox.events(query), UsageError);
  assertEquals(error.faults.length, 3);
  assertMatch(error.message, /Unknown condition "nam" of events\(\)/);
});

Deno.test("createInbox() demands the token on the local handler", async () => {
  await using inbox = await createInbox({
    secrets: [SECRET],
    store: "sqlite::memory:",
    adminToken: "a-token-of-the-inbox",
  });
  const url = "http://localhost:3001/api/stats";
  const ask = async (headers: HeadersInit) => {
    const response = await inbox.localHandler(
      new Request(url, { headers }),
      INFO,
    );
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await ask({}), 401);
  assertEquals(
    await ask({ authorization: "Bearer a-token-of-the-inbox" }),
    200,
  );
});

Deno.test("createInbox() finishes local requests in progress when it is closed, and refuses later ones", async () => {
  await using dir = await TempDir.make();
  const logged: LogEntry[] = [];
  const inbox = await createInbox({
    secrets: [SECRET],
    store: `sqlite:${dir.path}/inbox.db`,
    onLog: (entry) => logged.push(entry),
  });
  assertEquals(await post(inbox, eventText()), 200);
  const ask = async (path: string) => {
    const request = new Request(`http://localhost${path}`);
    const response = await inbox.localHandler(request, INFO);
    const isRefused = response.headers.has("retry-after");
    await response.body?.cancel();
    return [response.status, isRefused];
  };
  const paths = ["/api/events", "/api/stats", "/metrics", "/api/stream"];
  const [answered, refused] = [[200, false], [503, true]]
    .map((answer) => paths.map(() => answer));
  // The thread that reads has started then, which may take longer than a close waits.
  assertEquals(await Promise.all(paths.map(ask)), answered);
  const answers = Promise.all(paths.map(ask));
  const closed = inbox.close();
  assertEquals(await Promise.all(paths.map(ask)), refused);
  assertEquals(await answers, answered);
  await closed;
  assertEquals(await Promise.all(paths.map(ask)), refused);
  assertEquals(messagesOf(logged), ["received"]);
});
