import { assertEquals } from "@std/assert";
import { Newsroom } from "../../lib/app/newsroom.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import { Monitor } from "../../lib/monitor/monitor.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import type { Store } from "../../lib/store/store.ts";
import { configSources } from "../support/config_sources.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { RECEIVED } from "../support/log_entries.ts";
import { SELF_SIGNED } from "../support/self_signed.ts";
import { eventually } from "../support/within.ts";

/** A newsroom over a store in memory, whose looks a test begins. */
async function setUp(
  { url = "http://127.0.0.1:2/", trouble = () => false }: {
    url?: string;
    trouble?: () => boolean;
  } = {},
) {
  const own = await openSqliteStore(":memory:", { bodyBytesMax: 1_024 });
  const store: Pick<Store, "accept" | "probe"> = {
    accept: (...delivery) =>
      trouble()
        ? Promise.resolve({ ok: false, reason: "failed" })
        : own.accept(...delivery),
    probe: () => Promise.resolve(!trouble()),
  };
  const destinations = [{ name: "chat", url, events: ["inbox.*"] }];
  const config = loadConfig(
    "dev",
    configSources({
      files: { "inbox.json": JSON.stringify({ destinations }) },
      env: { INBOX_STORE: "sqlite::memory:" },
    }),
  );
  const subscriptions = createSubscriptions(config.destinations);
  const reader = own.openReader();
  const clock = new FakeClock(Date.UTC(2126, 9, 20));
  const monitor = new Monitor(clock);
  const logger = monitor.observe({ log() {}, flush: () => Promise.resolve() });
  let look = () => {};
  const newsroom = new Newsroom({
    store,
    reader,
    clock,
    monitor,
    settings: () => ({ config, subscriptions }),
    setTimer: (callback) => {
      look = callback;
      return () => {};
    },
  });
  const told = async () => {
    const rows = await reader.list({ limit: 100 });
    return rows.map(({ id }) => id).reverse();
  };
  return {
    clock,
    logger,
    told,
    look: () => look(),
    waitFor: (...ids: string[]) =>
      eventually(
        60_000,
        async () => {
          look();
          return String(await told()) === String(ids);
        },
        () => `${ids}`,
      ),
    async [Symbol.asyncDispose]() {
      await newsroom.stop();
      reader.close();
      await own.close();
    },
  };
}

Deno.test("Newsroom tells of a certificate that ends soon, and of its successor", async () => {
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  await using server = Deno.serve(
    { ...options, ...SELF_SIGNED },
    () => new Response(),
  );
  await using it = await setUp({
    url: `https://127.0.0.1:${server.addr.port}/`,
  });
  await it.waitFor("evt_inbox_certificate_chat_1");
  it.clock.advance(-365 * 24 * 3_600_000); // As if it lasted longer now.
  await it.waitFor(
    "evt_inbox_certificate_chat_1",
    "evt_inbox_certificate_chat_2",
  );
});

Deno.test("Newsroom tells news of a store that fails once it works", async () => {
  let isFailing = true;
  await using it = await setUp({ trouble: () => isFailing });
  for (let n = 0; n < 5; n++) {
    it.logger.log({ msg: "store failed", fault: "disk", hint: "fix it" });
    it.look();
  }
  assertEquals(await it.told(), []);
  isFailing = false;
  await it.waitFor("evt_inbox_store-failing_1", "evt_inbox_store-failing_2");
});

Deno.test("Newsroom tells of signatures when ten in a row fail, not of nonsense", async () => {
  await using it = await setUp();
  const rejected = (reason: "signature-missing" | "signature-mismatch") =>
    it.logger.log({ msg: "rejected", requestId: "r", status: 401, reason });
  for (let n = 0; n < 50; n++) rejected("signature-missing");
  for (let n = 0; n < 9; n++) rejected("signature-mismatch");
  it.logger.log(RECEIVED);
  for (let n = 0; n < 9; n++) rejected("signature-mismatch");
  assertEquals(await it.told(), []);
  rejected("signature-mismatch");
  await it.waitFor("evt_inbox_signatures-failing_1");
  rejected("signature-mismatch");
  it.logger.log(RECEIVED);
  it.logger.log(RECEIVED);
  await it.waitFor(
    "evt_inbox_signatures-failing_1",
    "evt_inbox_signatures-failing_2",
  );
});

Deno.test("Newsroom tells of a destination that is down once, however often it is paused", async () => {
  await using it = await setUp();
  const destination = "chat";
  for (let n = 0; n < 3; n++) {
    it.logger.log({ msg: "destination paused", destination, seconds: 1 });
  }
  await it.waitFor("evt_inbox_down_chat_1");
  for (let n = 0; n < 3; n++) {
    it.logger.log({ msg: "destination resumed", destination });
  }
  await it.waitFor("evt_inbox_down_chat_1", "evt_inbox_down_chat_2");
  it.logger.log({ msg: "destination paused", destination, seconds: 1 });
  await it.waitFor(
    "evt_inbox_down_chat_1",
    "evt_inbox_down_chat_2",
    "evt_inbox_down_chat_3",
  );
});
