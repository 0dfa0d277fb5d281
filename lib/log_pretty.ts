/**
 * The log for people: one line for each thing that happened.
 *
 * @module
 */

import type { LogEntry, LogFormatter, RejectReason } from "./log.ts";

const COLORS = { green: 32, yellow: 33, red: 31, dim: 2 } as const;
type Color = keyof typeof COLORS;

/**
 * Makes a formatter.
 *
 * @param options Whether the reader is a terminal that shows colours.
 * @returns The formatter.
 */
export function prettyFormat(options: { color: boolean }): LogFormatter {
  const paint = (color: Color, text: string) =>
    options.color ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
  return (entry, { timeMs }) => {
    const { mark, color, text, more } = describe(entry);
    const time = new Date(timeMs).toTimeString().slice(0, 8);
    const tail = more ? `  ${paint("dim", more)}` : "";
    return `${paint("dim", time)} ${paint(color, mark)} ${text}${tail}`;
  };
}

interface Line {
  mark: string;
  color: Color;
  text: string;
  more?: string;
}

function describe(entry: LogEntry): Line {
  switch (entry.msg) {
    case "received":
      return describeReceived(entry);
    case "rejected":
      return {
        mark: "✗",
        color: "red",
        text: `rejected  ${entry.status} ${REASONS[entry.reason][0]}`,
        more: describeHint(entry),
      };
    case "listening":
      return {
        mark: "●",
        color: "green",
        text: `listening  ${entry.webhookUrl}`,
        more: `store ${entry.store}, secrets ${entry.secrets}`,
      };
    case "unsigned deliveries are taken":
      return {
        mark: "!",
        color: "yellow",
        text: "no webhook secret: unsigned deliveries are taken",
        more: "set PERSONA_WEBHOOK_SECRET to verify them",
      };
    case "store failed":
      return {
        mark: "✗",
        color: "red",
        text: `store failed  ${entry.fault}`,
        more: entry.hint,
      };
    case "request failed":
      return {
        mark: "✗",
        color: "red",
        text: `request failed  ${entry.error}`,
        more: entry.requestId,
      };
    case "log lines lost":
      return {
        mark: "!",
        color: "yellow",
        text: `${entry.lines} log lines lost: the reader is too slow`,
      };
    case "stopping":
      return { mark: "●", color: "dim", text: `stopping on ${entry.signal}` };
    case "stopped":
      return { mark: "●", color: "dim", text: "stopped" };
  }
}

/** What was wrong, and what to do about it. */
const REASONS: Record<RejectReason, readonly [string, string]> = {
  "address-not-allowed": [
    "address not allowed",
    "see INBOX_ALLOW_IPS, and INBOX_TRUST_PROXY behind a proxy",
  ],
  "body-broken-off": ["body broken off", "the sender hung up"],
  "body-not-json": ["body is not JSON", "Persona sends JSON only"],
  "body-too-large": ["body too large", "see INBOX_BODY_BYTES_MAX"],
  "body-too-slow": ["body too slow", "the sender or a proxy stalled"],
  "signature-missing": [
    "Invalid signature: no persona-signature header",
    "Persona signs every delivery; does a proxy drop the header?",
  ],
  "signature-malformed": [
    "Invalid signature: malformed header",
    "it must be t=<unix seconds>,v1=<64 hex digits>",
  ],
  "signature-expired": [
    "Invalid signature: timestamp too old",
    "replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
  ],
  "signature-future": [
    "Invalid signature: timestamp in the future",
    "is this clock behind? see INBOX_TOLERANCE_SECONDS",
  ],
  "signature-mismatch": [
    "Invalid signature: made with another secret or over other bytes",
    "compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona",
  ],
  "store-failed": ["store failed", "Persona will send it again"],
  "store-overloaded": ["store overloaded", "Persona will send it again"],
  "store-too-slow": ["store too slow", "Persona will send it again"],
  "stopping": ["stopping", "Persona will send it again"],
};

function describeHint(entry: Extract<LogEntry, { msg: "rejected" }>): string {
  const hint = REASONS[entry.reason][1];
  const { skewSeconds } = entry;
  if (skewSeconds === undefined) return hint;
  const side = skewSeconds > 0 ? "behind" : "ahead of";
  return `${Math.abs(skewSeconds)} s ${side} this clock; ${hint}`;
}

function describeReceived(
  entry: Extract<LogEntry, { msg: "received" }>,
): Line {
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
