// The log for people: one line for each thing that happened, and below it what to do
// about it.

import { durationText } from "./duration_text.ts";
import { attemptLine, receivedLine } from "./event_lines.ts";
import type { LogEntry, LogFormatter, ReceivingEntry } from "../log.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { localTime } from "./local_time.ts";
import { type PrettyLine, prettyLine, type Screen } from "./pretty_line.ts";
import { REJECT_REASONS } from "../reject_reasons.ts";
import { sentOnceText } from "../views/sent_once.ts";
import { shortId } from "./short_id.ts";

/** Creates a formatter. */
export function prettyFormat(screen: Screen): LogFormatter {
  return (entry, { timeMs }) => {
    // The line of an entry takes entries of that very kind.
    const line = LINES[entry.msg] as LineOf<LogEntry>;
    return prettyLine(line(entry, timeMs), screen, timeMs);
  };
}

type Entry<Msg extends LogEntry["msg"]> = Extract<LogEntry, { msg: Msg }>;

type LineOf<Of extends LogEntry> = (entry: Of, timeMs: number) => PrettyLine;

/** The line of each entry. */
const LINES: {
  readonly [Msg in LogEntry["msg"]]: LineOf<Entry<Msg>>;
} = {
  "received": receivedLine,
  "rejected": describeRejected,
  "listening": (entry, timeMs) => ({
    mark: "●",
    color: "green",
    text: [{ text: "listening", drop: 1 }, entry.webhookUrl],
    hints: [
      [
        entry.localUrl && `page ${entry.localUrl}`,
        `store ${entry.store}`,
        `secrets ${entry.secrets}`,
        `times in ${localTime(new Date(timeMs)).slice(19)}`,
      ].filter(Boolean).join(", "),
      ...entry.destinations.map(receivingText),
      ...entry.destinations.length === 0
        ? ["no destinations: events are stored only"]
        : [],
      `payloads: ${entry.retention.join("; ")}`,
    ],
  }),
  "settings warning": (entry) => ({
    mark: "!",
    color: "yellow",
    text: entry.warning,
    hints: [entry.hint],
  }),
  "settings changed": () => ({
    mark: "●",
    color: "green",
    text: "settings changed: restarting",
  }),
  "settings reloaded": (entry) => ({
    mark: "●",
    color: "green",
    text: entry.changed.length === 0
      ? "settings read again: nothing to change"
      : `settings reloaded: ${entry.changed.join(", ")}`,
    hints: entry.restart.map((name) => `takes effect after a restart: ${name}`),
  }),
  "settings refused": (entry) => ({
    mark: "✗",
    color: "red",
    text: entry.fault,
    hints: ["going on with the settings from before"],
  }),
  "local port in use": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `local port ${entry.wanted} is in use, listening on ${entry.port}`,
    hints: ["choose one with INBOX_ADMIN_PORT"],
  }),
  "listener failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `not listening on port ${entry.port}: ${entry.fault}`,
    hints: ["retrying; if the limit of open files is reached, raise it"],
  }),
  "listening again": (entry) => ({
    mark: "●",
    color: "green",
    text: `listening again on port ${entry.port}`,
  }),
  "accepting unsigned deliveries": () => ({
    mark: "!",
    color: "yellow",
    text: "no webhook secret: accepting unsigned deliveries",
    hints: ["set PERSONA_WEBHOOK_SECRET to verify them"],
  }),
  "proxy in use": (entry) => ({
    mark: "●",
    color: "dim",
    text: `proxy of ${entry.variables.join(", ")} in use`,
    hints: ["this machine is exempt; NO_PROXY exempts other hosts"],
  }),
  "delivered": (entry) =>
    attemptLine(entry, { status: "done", stale: entry.stale }),
  "ignored": (entry) => attemptLine(entry, { status: "ignored" }),
  "attempt failed": (entry) =>
    attemptLine(entry, { ...entry, status: "pending" }),
  "dead letter": (entry) =>
    attemptLine(entry, { status: "dead", reason: entry.reason }),
  "destination paused": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `${entry.destination} is down: paused`,
    hints: [`it is probed in ${durationText(entry.seconds)}; nothing is lost`],
  }),
  "destination resumed": (entry) => ({
    mark: "●",
    color: "green",
    text: `${entry.destination} is up again`,
  }),
  "paused by command": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `${entry.destination} is paused by a command`,
    hints: [
      `its dispatches wait: ${PROGRAM_NAME} resume ${entry.destination}`,
    ],
  }),
  "resumed by command": (entry) => ({
    mark: "●",
    color: "green",
    text: `${entry.destination} is resumed by a command`,
  }),
  "module ended": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `the module's process ended  ${entry.destination}: ${entry.exit}`,
    hints: [
      "perhaps a promise that no handler awaits was rejected, or a timer threw; the next event starts it again",
    ],
  }),
  "dispatches wait": (entry) => ({
    mark: "!",
    color: "yellow",
    text:
      `${entry.dispatches} dispatches wait for ${entry.destination}, which is not in the settings`,
    hints: ["they are kept; add it again to deliver them"],
  }),
  "dispatcher failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `dispatcher failed  ${entry.error}`,
    hints: ["it is started again; please report this"],
  }),
  "erased": (entry) => ({
    mark: "●",
    color: "dim",
    text:
      `payloads of ${entry.events} events erased, as Persona redacted ${entry.objectId}`,
    more: [{ text: entry.eventId, drop: 1 }],
  }),
  "retention begins": (entry) => ({
    mark: "!",
    color: "yellow",
    text:
      `payloads of ${entry.events} events will be erased from ${entry.at} on, by ${entry.rule}`,
    hints: [entry.hint],
  }),
  "expired": (entry) => ({
    mark: "●",
    color: "dim",
    text: `payloads of ${entry.events} events erased, as their time is over`,
    hints: Object.entries(entry.rules).map(([rule, events]) =>
      `${events} by ${rule}`
    ),
  }),
  "not erased": (entry) => ({
    mark: "!",
    color: "yellow",
    text: `${entry.objectId} was redacted by Persona, and is on hold`,
    hints: [
      `why: ${entry.reason}`,
      "its payloads are erased once it is released",
    ],
    more: [{ text: entry.eventId, drop: 1 }],
  }),
  "retention passed": () => ({
    mark: "●",
    color: "dim",
    text: "no payload is there whose time is over",
  }),
  "indexing references": (entry) => ({
    mark: "●",
    color: "dim",
    text: `indexing reference ids of ${entry.events} events in the background`,
    hints: ["until then --reference finds only some of them"],
  }),
  "references indexed": (entry) => ({
    mark: "✓",
    color: "green",
    text: `reference ids of ${entry.events} events indexed`,
  }),
  "store failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `store failed  ${entry.fault}`,
    hints: [entry.hint],
  }),
  "store lost": (entry) => ({
    mark: "✗",
    color: "red",
    text: `store lost, the server ends  ${entry.fault}`,
    hints: [entry.hint],
  }),
  "checkpoint failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: `checkpoint failed, the log of the store grows  ${entry.fault}`,
    hints: [entry.hint],
  }),
  "checkpoint works again": () => ({
    mark: "✓",
    color: "green",
    text: "checkpoint works again",
  }),
  "destinations differ": ({ fault, hint }) => ({
    mark: "!",
    color: "yellow",
    text: fault,
    hints: [hint],
  }),
  "destinations agree": () => ({
    mark: "✓",
    color: "green",
    text: "the servers that share the store have the same destinations again",
  }),
  "request failed": (entry) => ({
    mark: "✗",
    color: "red",
    text: ["request failed", entry.error],
    more: [{ text: entry.requestId, drop: 1 }],
  }),
  "sent once": (entry) => ({
    mark: entry.ok ? "→" : "✗",
    color: entry.ok ? "green" : "red",
    text: sentOnceText(entry),
  }),
  "revealed": (entry) => ({
    mark: "!",
    color: "yellow",
    text: [
      "payload revealed",
      { text: entry.eventId, short: shortId(entry.eventId) },
    ],
    more: [{ text: entry.requestId, drop: 1 }],
  }),
  "rejected revealed": (entry) => ({
    mark: "!",
    color: "yellow",
    text: ["rejected delivery revealed", entry.rejectedId],
    more: [{ text: entry.requestId, drop: 1 }],
  }),
  "audit head": (entry) => ({
    mark: "●",
    color: "dim",
    text: [`audit trail up to record ${entry.records}, head`, entry.hash],
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

function receivingText(
  { name, events, filtered, paused }: ReceivingEntry,
): string {
  const which = events.includes("*") ? "all events" : events.join(", ");
  return `${name} receives ${which}${
    filtered ? " that its filter matches" : ""
  }${paused ? `; paused until ${PROGRAM_NAME} resume ${name}` : ""}`;
}

function describeRejected(entry: Entry<"rejected">): PrettyLine {
  const { status, skewSeconds = 0 } = entry;
  const { summary, hint } = REJECT_REASONS[entry.reason];
  const side = skewSeconds > 0 ? "behind" : "ahead of";
  const skew = `${durationText(Math.abs(skewSeconds))} ${side} this clock; `;
  return {
    mark: "✗",
    color: "red",
    text: [
      { text: "rejected", drop: 1 },
      {
        text: `${status} ${summary}`,
        short: `${status} ${summary.replace(/^.*: /, "")}`,
      },
    ],
    hints: [skewSeconds === 0 ? hint : skew + hint],
  };
}
