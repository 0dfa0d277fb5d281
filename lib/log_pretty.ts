/**
 * The log for people: one line for each thing that happened.
 *
 * @module
 */

import type { LogEntry, LogFormatter } from "./log.ts";
import { attemptText, type PrettyLine, prettyLine } from "./pretty_line.ts";
import { REJECT_REASONS } from "./reject_reasons.ts";

/**
 * Makes a formatter.
 *
 * @param options Whether the reader is a terminal that shows colours.
 * @returns The formatter.
 */
export function prettyFormat(options: { color: boolean }): LogFormatter {
  return (entry, { timeMs }) => {
    // The line of an entry takes entries of that very kind.
    const line = LINES[entry.msg] as (entry: LogEntry) => PrettyLine;
    return prettyLine(line(entry), { timeMs, ...options });
  };
}

type Entry<Msg extends LogEntry["msg"]> = Extract<LogEntry, { msg: Msg }>;

/** How each entry reads. */
const LINES: {
  readonly [Msg in LogEntry["msg"]]: (entry: Entry<Msg>) => PrettyLine;
} = {
  "received": describeReceived,
  "rejected": (entry) => ({
    mark: "✗",
    color: "red",
    text: `rejected  ${entry.status} ${REJECT_REASONS[entry.reason].summary}`,
    more: describeHint(entry),
  }),
  "listening": (entry) => ({
    mark: "●",
    color: "green",
    text: `listening  ${entry.webhookUrl}`,
    more: [
      entry.localUrl && `page ${entry.localUrl}`,
      `store ${entry.store}`,
      `secrets ${entry.secrets}`,
    ].filter(Boolean).join(", "),
  }),
  "local port taken": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `local port ${entry.wanted} is taken: ${entry.port} it is`,
    more: "choose one with INBOX_ADMIN_PORT",
  }),
  "listener failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `nobody can connect to port ${entry.port}: ${entry.fault}`,
    more: "it is tried again; allow more open files if it is that",
  }),
  "listening again": (entry) => ({
    mark: "●",
    color: "green",
    text: `listening again on port ${entry.port}`,
  }),
  "unsigned deliveries are taken": () => ({
    mark: "!",
    color: "yellow",
    text: "no webhook secret: unsigned deliveries are taken",
    more: "set PERSONA_WEBHOOK_SECRET to verify them",
  }),
  "delivered": (entry) => ({
    mark: "  →",
    color: "green",
    text: attemptText(entry, "delivered"),
    more: `${entry.stale ? "stale  " : ""}${entry.eventId}`,
  }),
  "attempt failed": (entry) => ({
    mark: "  ✗",
    color: "yellow",
    text: attemptText(entry, `failed: ${entry.reason}`),
    more: `again in ${entry.retryInSeconds} s  ${entry.eventId}`,
  }),
  "dead letter": (entry) => ({
    mark: "  ✗",
    color: "red",
    text: attemptText(entry, `dead letter: ${entry.reason}`),
    more: `persona-inbox replay ${entry.eventId}`,
  }),
  "destination paused": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `${entry.destination} is down: paused`,
    more: `it is probed in ${entry.seconds} s; nothing is lost`,
  }),
  "destination resumed": (entry) => ({
    mark: "●",
    color: "green",
    text: `${entry.destination} is up again`,
  }),
  "dispatches wait": (entry) => ({
    mark: "!",
    color: "yellow",
    text:
      `${entry.dispatches} dispatches wait for ${entry.destination}, which is not in the settings`,
    more: "they are kept; add it again to deliver them",
  }),
  "dispatcher failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `dispatcher failed  ${entry.error}`,
    more: "it is started again; please report this",
  }),
  "store failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `store failed  ${entry.fault}`,
    more: entry.hint,
  }),
  "request failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `request failed  ${entry.error}`,
    more: entry.requestId,
  }),
  "revealed": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `payload revealed  ${entry.eventId}`,
    more: entry.requestId,
  }),
  "log lines lost": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `${entry.lines} log lines lost: the reader is too slow`,
  }),
  "stopping": (entry) => ({
    mark: "●",
    color: "dim",
    text: `stopping on ${entry.signal}`,
  }),
  "stopped": () => ({ mark: "●", color: "dim", text: "stopped" }),
};

function describeHint(entry: Extract<LogEntry, { msg: "rejected" }>): string {
  const { hint } = REJECT_REASONS[entry.reason];
  const { skewSeconds } = entry;
  if (skewSeconds === undefined) return hint;
  const side = skewSeconds > 0 ? "behind" : "ahead of";
  return `${Math.abs(skewSeconds)} s ${side} this clock; ${hint}`;
}

function describeReceived(
  entry: Extract<LogEntry, { msg: "received" }>,
): PrettyLine {
  const { attempt, attemptsMax } = entry;
  const parts = [
    "received",
    entry.eventName,
    entry.objectType && `${entry.objectType} ${entry.objectId}`,
    entry.signature === "verified" ? "signature verified" : "unsigned",
    attempt !== null && `attempt ${attempt} of ${attemptsMax ?? "?"}`,
    entry.duplicate && "duplicate",
  ];
  return {
    mark: entry.signature === "verified" ? "✓" : "!",
    color: entry.signature === "verified" ? "green" : "yellow",
    text: parts.filter(Boolean).join("  "),
    more: entry.eventId,
  };
}
