import { assert, assertEquals } from "@std/assert";
import { StoreError } from "../../lib/errors.ts";
import { toLoggable } from "../../lib/log.ts";
import { REJECT_REASONS } from "../../lib/reject_reasons.ts";
import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { VERSION } from "../../lib/version.ts";
import { alteredReader } from "../support/altered_reader.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { RECEIVED } from "../support/log_entries.ts";
import { LocalRig, NOW_MS } from "../support/local_rig.ts";
import { parseMetrics, valueOf } from "../support/prometheus.ts";
import { rejected } from "../support/rejected.ts";

const ATTEMPT = {
  eventId: toLoggable("evt_1"),
  eventName: toLoggable("inquiry.approved"),
  destination: "app",
  attempt: 1,
  code: 200,
  durationMs: 30,
};

async function metricsOf(rig: LocalRig) {
  const response = await rig.fetch("/metrics");
  assertEquals(response.status, 200);
  return parseMetrics(await response.text());
}

Deno.test("GET /api/stats of an empty store is all zeros", async () => {
  await using rig = await LocalRig.make();
  const none = {
    pending: 0,
    running: 0,
    dead: 0,
    pausedUntil: null,
    pausedSince: null,
    nextAttemptAt: null,
    waitingSince: null,
    sinceStart: {
      delivered: 0,
      failed: 0,
      lastDeliveredAt: null,
      lastFailedAt: null,
    },
  };
  const { minutes, ...stats } = await rig.get<{ minutes: unknown[] }>(
    "/api/stats",
  );
  assertEquals(stats as unknown, {
    version: VERSION,
    program: PROGRAM_NAME,
    startedAt: "2025-06-15T15:08:20.000Z",
    store: "sqlite::memory:",
    receiving: null,
    warnings: [],
    events: 0,
    pending: 0,
    dead: 0,
    destinations: [
      {
        name: "app",
        kind: "http",
        target: "http://127.0.0.1:8080/…",
        events: ["*"],
        order: "object",
        ...none,
      },
      {
        name: "notify",
        kind: "exec",
        target: "./notify.sh …",
        events: ["inquiry.*"],
        order: "none",
        ...none,
      },
    ],
  });
  assertEquals(minutes.length, 60);
  const tally = { received: 0, duplicates: 0, rejected: 0, delivered: 0 };
  assertEquals(minutes.at(-1), {
    at: "2025-06-15T15:08:00.000Z",
    ...tally,
    failed: 0,
  });
  const at = "2025-06-15T14:09:00.000Z";
  assertEquals(minutes[0], { at, ...tally, failed: 0 });
});

Deno.test("GET /api/stats counts by destination, including removed ones", async () => {
  const activities = () =>
    Promise.resolve([
      { destination: "app", running: 2, pausedUntilMs: NOW_MS + 5_000 },
      { destination: "notify", running: 1, pausedUntilMs: null },
    ]);
  await using rig = await LocalRig.make({ activities });
  for (let i = 0; i < 5; i++) {
    const names = i === 4 ? ["old"] : ["app", "notify"];
    const seq = await rig.open.accept(delivery(`evt_${i}`), names);
    if (i > 1) continue;
    await rig.open.record(
      attempt({ seq, destination: "app" }, { status: "dead" }),
    );
    await rig.open.record(attempt({ seq, destination: "notify" }));
  }
  interface Stats {
    events: number;
    pending: number;
    dead: number;
    destinations: Record<string, unknown>[];
  }
  const stats = await rig.get<Stats>("/api/stats");
  assertEquals([stats.events, stats.pending, stats.dead], [5, 5, 2]);
  assertEquals(
    stats.destinations.map(({ name, pending, running, dead, pausedUntil }) => [
      name,
      pending,
      running,
      dead,
      pausedUntil,
    ]),
    [
      ["app", 2, 2, 2, "2025-06-15T15:08:25.000Z"],
      ["notify", 2, 1, 0, null],
      ["old", 1, 0, 0, null],
    ],
  );
  const { kind, target, events, order } = stats.destinations[2]!;
  assertEquals([kind, target, events, order], ["removed", "", [], null]);
});

Deno.test("GET /api/stats tells what a destination does and what waits for it", async () => {
  await using rig = await LocalRig.make();
  const seq = await rig.open.accept(
    delivery("evt_1", { receivedAtMs: NOW_MS - 60_000 }),
    ["app"],
  );
  const retry = { status: "pending", dueAtMs: NOW_MS + 5_000, failures: 1 };
  await rig.open.record(
    attempt({ seq, destination: "app" }, retry as { status: "pending" }),
  );
  rig.logger.log({ msg: "delivered", ...ATTEMPT, stale: false });
  rig.timers.clock.advance(1_000);
  const failed = { ...ATTEMPT, reason: "status", retryInSeconds: 5 };
  rig.logger.log({ msg: "attempt failed", ...failed });
  const { destinations: [app] } = await rig.get<
    { destinations: Record<string, unknown>[] }
  >("/api/stats");
  assertEquals(app?.nextAttemptAt, "2025-06-15T15:08:25.000Z");
  assertEquals(app?.waitingSince, "2025-06-15T15:07:20.000Z");
  assertEquals(app?.sinceStart, {
    delivered: 1,
    failed: 1,
    lastDeliveredAt: "2025-06-15T15:08:20.000Z",
    lastFailedAt: "2025-06-15T15:08:21.000Z",
  });
});

Deno.test("GET /api/stats counts by the minute", async () => {
  await using rig = await LocalRig.make();
  const log = (
    times: number,
    ...entries: Parameters<typeof rig.logger.log>[]
  ) => {
    for (let i = 0; i < times; i++) {
      for (const [entry] of entries) rig.logger.log(entry);
    }
  };
  log(3, [RECEIVED]);
  log(1, [{ ...RECEIVED, duplicate: true }]);
  rig.timers.clock.advance(60_000);
  log(2, [{
    msg: "rejected",
    requestId: "r",
    status: 401,
    reason: "stopping",
  }]);
  log(4, [{ msg: "delivered", ...ATTEMPT, stale: false }]);
  log(1, [{
    msg: "attempt failed",
    ...ATTEMPT,
    reason: "timeout",
    retryInSeconds: 5,
  }]);
  log(1, [{ msg: "dead letter", ...ATTEMPT, reason: "status" }]);
  const { minutes } = await rig.get<{ minutes: Record<string, unknown>[] }>(
    "/api/stats",
  );
  assertEquals(minutes.slice(-2), [
    {
      at: "2025-06-15T15:08:00.000Z",
      received: 3,
      duplicates: 1,
      rejected: 0,
      delivered: 0,
      failed: 0,
    },
    {
      at: "2025-06-15T15:09:00.000Z",
      received: 0,
      duplicates: 0,
      rejected: 2,
      delivered: 4,
      failed: 2,
    },
  ]);
});

Deno.test("GET /api/stats and /metrics do not wait for an unresponsive dispatcher", async () => {
  await using rig = await LocalRig.make({
    activities: () => new Promise(() => {}),
  });
  await rig.get("/api/stats");
  const families = await metricsOf(rig);
  assertEquals(
    families.get("persona_inbox_destination_paused")?.samples,
    [],
  );
});

Deno.test("GET /api/rejected lists the latest 200 without their bodies", async () => {
  await using rig = await LocalRig.make();
  assertEquals(await rig.get("/api/rejected"), { rejected: [] });
  rig.monitor.rejected(rejected());
  assertEquals(await rig.get("/api/rejected"), {
    rejected: [{
      at: "2025-06-15T15:08:20.000Z",
      requestId: "request-7",
      address: "192.0.2.7",
      status: 401,
      reason: "signature-expired",
      summary: "Invalid signature: timestamp too old",
      hint: "replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
      signature: {
        isPresent: true,
        sets: 1,
        timestamps: [1_749_999_799],
        macs: 1,
      },
      bodyBytes: 512,
      skewSeconds: 301,
    }],
  });
  for (let i = 0; i < 250; i++) {
    rig.monitor.rejected(rejected({ requestId: `r-${i}` }));
  }
  const { rejected: all } = await rig.get<
    { rejected: { requestId: string }[] }
  >(
    "/api/rejected",
  );
  const ids = all.map(({ requestId }) => requestId);
  assertEquals(ids, Array.from({ length: 200 }, (_, i) => `r-${249 - i}`));
});

Deno.test("GET /metrics counts what was received, refused and attempted", async () => {
  await using rig = await LocalRig.make();
  const { logger } = rig;
  logger.log(RECEIVED);
  logger.log(RECEIVED);
  logger.log({ ...RECEIVED, duplicate: true });
  logger.log({
    ...RECEIVED,
    eventId: toLoggable(`unrecognized_${"0".repeat(32)}`),
    eventName: toLoggable("unrecognized"),
  });
  logger.log({ ...RECEIVED, secretFingerprint: null, signature: "unsigned" });
  for (const reason of ["stopping", "stopping", "store-failed"] as const) {
    logger.log({ msg: "rejected", requestId: "r", status: 503, reason });
  }
  logger.log({ msg: "delivered", ...ATTEMPT, stale: false });
  logger.log({ msg: "dead letter", ...ATTEMPT, reason: "timeout" });
  logger.log({ msg: "store failed", fault: "f", hint: "h" });
  const families = await metricsOf(rig);
  const prefix = "persona_inbox_";
  const table: [name: string, labels: Record<string, string>, number][] = [
    ["deliveries_received_total", { result: "accepted" }, 3],
    ["deliveries_received_total", { result: "duplicate" }, 1],
    ["deliveries_received_total", { result: "unrecognized" }, 1],
    ["deliveries_rejected_total", { reason: "stopping" }, 2],
    ["deliveries_rejected_total", { reason: "store-failed" }, 1],
    ["deliveries_rejected_total", { reason: "signature-mismatch" }, 0],
    ["secret_uses_total", { secret: "0123abcd" }, 4],
    ["attempts_total", { destination: "app", outcome: "ok" }, 1],
    ["attempts_total", { destination: "app", outcome: "timeout" }, 1],
    ["attempt_seconds_count", { destination: "app" }, 2],
    ["attempt_seconds_sum", { destination: "app" }, 0.06],
    ["store_failures_total", {}, 1],
  ];
  for (const [name, labels, value] of table) {
    assertEquals(valueOf(families, prefix + name, labels), value, name);
  }
});

Deno.test("GET /metrics reports the current state", async () => {
  const activities = () =>
    Promise.resolve([
      { destination: "app", running: 2, pausedUntilMs: NOW_MS + 5_000 },
      { destination: "notify", running: 1, pausedUntilMs: null },
    ]);
  await using rig = await LocalRig.make({ activities });
  for (let i = 0; i < 3; i++) {
    const receivedAtMs = NOW_MS - 90_000 + i;
    const one = delivery(`evt_${i}`, { receivedAtMs });
    const seq = await rig.open.accept(one, ["app", "old"]);
    if (i > 0) continue;
    await rig.open.record(
      attempt({ seq, destination: "old" }, { status: "dead" }),
    );
  }
  const prefix = "persona_inbox_";
  const table: [name: string, labels: Record<string, string>, number][] = [
    ["events", {}, 3],
    ["dispatches_pending", { destination: "app" }, 3],
    ["dispatches_pending", { destination: "notify" }, 0],
    ["dispatches_pending", { destination: "old" }, 2],
    ["dispatches_dead", { destination: "app" }, 0],
    ["dispatches_dead", { destination: "old" }, 1],
    ["dispatch_lag_seconds", { destination: "app" }, 90],
    ["dispatch_lag_seconds", { destination: "notify" }, 0],
    ["dispatch_lag_seconds", { destination: "old" }, 89.999],
    ["destination_paused", { destination: "app" }, 1],
    ["destination_paused", { destination: "notify" }, 0],
    ["store_batch_size_count", {}, 4],
    ["store_commit_seconds_count", {}, 4],
    ["build_info", { version: VERSION, deno: Deno.version.deno }, 1],
  ];
  const families = await metricsOf(rig);
  for (const [name, labels, value] of table) {
    assertEquals(valueOf(families, prefix + name, labels), value, name);
  }
  const started = valueOf(families, "process_start_time_seconds");
  assertEquals(started, NOW_MS / 1_000);
  assert(valueOf(families, "process_resident_memory_bytes")! > 1 << 20);
});

Deno.test("GET /metrics omits a removed destination without unfinished dispatches", async () => {
  await using rig = await LocalRig.make();
  const seq = await rig.open.accept(delivery("evt_1"), ["old"]);
  const labels = { destination: "old" };
  const name = "persona_inbox_dispatches_pending";
  assertEquals(valueOf(await metricsOf(rig), name, labels), 1);
  await rig.open.record(attempt({ seq, destination: "old" }));
  assertEquals(valueOf(await metricsOf(rig), name, labels), undefined);
});

Deno.test("GET /metrics omits the store's part while the store fails", async () => {
  const error = new StoreError("Cannot read the store", "Mend it");
  await using rig = await LocalRig.make({
    reader: (own) => alteredReader(own, () => Promise.reject(error)),
  });
  rig.logger.log(RECEIVED);
  const families = await metricsOf(rig);
  const received = "persona_inbox_deliveries_received_total";
  assertEquals(valueOf(families, received, { result: "accepted" }), 1);
  for (const name of ["events", "dispatches_pending", "dispatch_lag_seconds"]) {
    assertEquals(families.get(`persona_inbox_${name}`)?.samples, [], name);
  }
});

Deno.test("GET /metrics shows no value of a sender", async () => {
  await using rig = await LocalRig.make();
  const names = ["canary.one", 'canary"two', "canary\nthree"];
  for (const [i, name] of names.entries()) {
    const one = delivery(`canary_${i}`, { name, objectId: `canary_${i}` });
    await rig.open.accept(one, ["app"]);
    const eventName = toLoggable(name);
    rig.logger.log({ ...RECEIVED, eventName });
    rig.logger.log({ msg: "delivered", ...ATTEMPT, eventName, stale: false });
  }
  rig.monitor.rejected(rejected({ address: "192.0.2.99" }));
  const text = await (await rig.fetch("/metrics")).text();
  assert(!/canary|192\.0\.2/.test(text), text);
});

Deno.test("GET /metrics has a value for each reason from the start", async () => {
  await using rig = await LocalRig.make();
  const families = await metricsOf(rig);
  const name = "persona_inbox_deliveries_rejected_total";
  for (const reason of Object.keys(REJECT_REASONS)) {
    assertEquals(valueOf(families, name, { reason }), 0, reason);
  }
});

Deno.test("GET /api/stats reports the webhook URL and warnings about the settings", async () => {
  await using rig = await LocalRig.make();
  rig.logger.log({
    msg: "listening",
    port: 4000,
    webhookUrl: "http://localhost:4000/webhook",
    localUrl: null,
    store: "sqlite::memory:",
    secrets: 2,
    destinations: [],
    retention: [],
    version: VERSION,
  });
  const odd = { warning: "it is odd", hint: "fix it" };
  rig.logger.log({ msg: "settings warning", ...odd });
  const { receiving, warnings } = await rig.get<
    { receiving: unknown; warnings: unknown }
  >("/api/stats");
  assertEquals(receiving, { port: 4000, isVerifying: true });
  assertEquals(warnings, [odd]);
});
