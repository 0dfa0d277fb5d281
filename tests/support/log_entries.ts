import { type LogEntry, toLoggable } from "../../lib/log.ts";

export type ReceivedEntry = Extract<LogEntry, { msg: "received" }>;

export const RECEIVED: ReceivedEntry = {
  msg: "received",
  requestId: "req-1",
  eventId: toLoggable("evt_1"),
  eventName: toLoggable("inquiry.approved"),
  objectType: toLoggable("inquiry"),
  objectId: toLoggable("inq_1"),
  signature: "verified",
  secretFingerprint: "0123abcd",
  attempt: 1,
  attemptsMax: 8,
  duplicate: false,
};

/** One of each kind, with the level it has. */
export const ENTRIES: readonly [level: string, entry: LogEntry][] = [
  ["info", {
    msg: "listening",
    port: 3000,
    webhookUrl: "http://localhost:3000/webhook",
    localUrl: "http://127.0.0.1:3001/",
    store: "sqlite:data/inbox.db",
    secrets: 1,
    destinations: [
      { name: "app", events: ["inquiry.*", "case.created"], filtered: true },
      { name: "all", events: ["*"], filtered: false },
    ],
    retention: ["all erased after 90 days", "pending and dead kept"],
    version: "0.1.0",
  }],
  ["warn", { msg: "settings warning", warning: "it is odd", hint: "fix it" }],
  ["info", { msg: "settings changed" }],
  ["info", {
    msg: "settings reloaded",
    secrets: 1,
    changed: ["PERSONA_WEBHOOK_SECRET", "destination app"],
    restart: ["PORT"],
  }],
  ["error", { msg: "settings refused", fault: "Cannot use PORT" }],
  ["warn", { msg: "accepting unsigned deliveries" }],
  ["warn", { msg: "local port in use", wanted: 3001, port: 40001 }],
  ["error", { msg: "listener failed", port: 3000, fault: "too many files" }],
  ["info", { msg: "listening again", port: 3000 }],
  ["info", RECEIVED],
  ["warn", {
    msg: "rejected",
    requestId: "req-2",
    status: 401,
    reason: "signature-expired",
    skewSeconds: 301,
  }],
  ["warn", { msg: "paused by command", destination: "app" }],
  ["info", { msg: "resumed by command", destination: "app" }],
  ["warn", { msg: "module ended", destination: "app", exit: "exit code 1" }],
  ["info", { msg: "store works again", failures: 3 }],
  ["error", { msg: "store failed", fault: "disk", hint: "mend it" }],
  ["error", {
    msg: "request failed",
    requestId: "req-3",
    error: toLoggable("TypeError"),
  }],
  ["warn", {
    msg: "revealed",
    requestId: "req-4",
    eventId: toLoggable("evt_1"),
  }],
  ["warn", {
    msg: "retention begins",
    events: 2,
    rule: "INBOX_RETENTION_DAYS 90",
    at: "2026-11-26T01:00:10.000Z",
    hint: "change it before then",
  }],
  ["info", {
    msg: "expired",
    events: 2,
    rules: { "INBOX_RETENTION_DAYS 90": 2 },
  }],
  ["info", { msg: "erased by command", events: 3 }],
  ["debug", { msg: "retention passed" }],
  ["warn", { msg: "log lines lost", lines: 2 }],
  ["info", { msg: "stopping", signal: "SIGTERM" }],
  ["info", { msg: "stopped" }],
];
