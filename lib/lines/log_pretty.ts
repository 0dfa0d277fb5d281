// The log for people: one line for each thing that happened, and below it what to do
// about it.

import { durationText } from "./duration_text.ts";
import { attemptLine, receivedLine } from "./event_lines.ts";
import type { LogEntry, LogFormatter, ReceivingEntry } from "../log.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { localTime } from "./local_time.ts";
import { type PrettyLine, prettyLine, type Screen } from "./pretty_line.ts";
import { REJECT_REASONS } from "../reject_reasons.ts";
import { counted } from "../views/counted.ts";
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

/** Makes a line of one kind, and its hints. */
type LineMaker = (
  text: PrettyLine["text"],
  ...hints: readonly string[]
) => PrettyLine;

function maker(mark: string, color: PrettyLine["color"]): LineMaker {
  return (text, ...hints) => ({ mark, color, text, hints });
}

const good = maker("●", "green");
const note = maker("●", "dim");
const done = maker("✓", "green");
const warn = maker("!", "yellow");
const fail = maker("✗", "red");

/** The line of each entry. */
const LINES: {
  readonly [Msg in LogEntry["msg"]]: LineOf<Entry<Msg>>;
} = {
  "received": receivedLine,
  "rejected": describeRejected,
  "listening": (entry, timeMs) =>
    good(
      [{ text: "listening", drop: 1 }, entry.webhookUrl],
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
    ),
  "settings warning": ({ warning, hint }) => warn(warning, hint),
  "settings changed": () => good("settings changed: restarting"),
  "settings reloaded": ({ changed, restart }) =>
    good(
      changed.length === 0
        ? "settings read again: nothing to change"
        : `settings reloaded: ${changed.join(", ")}`,
      ...restart.map((name) => `takes effect after a restart: ${name}`),
    ),
  "settings refused": ({ fault }) =>
    fail(fault, "keeping the previous settings"),
  "local port in use": ({ wanted, port }) =>
    warn(
      `local port ${wanted} is in use, listening on ${port}`,
      "choose one with INBOX_ADMIN_PORT",
    ),
  "listener failed": ({ port, fault }) =>
    fail(
      `not listening on port ${port}: ${fault}`,
      "retrying; if the limit of open files is reached, raise it",
    ),
  "listening again": ({ port }) => good(`listening again on port ${port}`),
  "accepting unsigned deliveries": () =>
    warn(
      "no webhook secret: accepting unsigned deliveries",
      "set PERSONA_WEBHOOK_SECRET to verify them",
    ),
  "proxy in use": ({ variables }) =>
    note(
      `proxy of ${variables.join(", ")} in use`,
      "this machine is exempt; NO_PROXY exempts other hosts",
    ),
  "delivered": (entry) =>
    attemptLine(entry, { status: "done", stale: entry.stale }),
  "ignored": (entry) => attemptLine(entry, { status: "ignored" }),
  "attempt failed": (entry) =>
    attemptLine(entry, { ...entry, status: "pending" }),
  "dead letter": (entry) =>
    attemptLine(entry, { status: "dead", reason: entry.reason }),
  "destination paused": ({ destination, seconds }) =>
    warn(
      `${destination} is down: paused`,
      `it is probed in ${durationText(seconds)}; nothing is lost`,
    ),
  "destination resumed": ({ destination }) =>
    good(`${destination} is up again`),
  "paused by command": ({ destination }) =>
    warn(
      `${destination} is paused by a command`,
      `its dispatches wait: ${PROGRAM_NAME} resume ${destination}`,
    ),
  "resumed by command": ({ destination }) =>
    good(`${destination} is resumed by a command`),
  "module ended": ({ destination, exit }) =>
    warn(
      `the module's process ended  ${destination}: ${exit}`,
      "perhaps a promise that no handler awaits was rejected, or a timer threw; the next event starts it again",
    ),
  "dispatches wait": ({ dispatches, destination }) => {
    const waiting = counted(dispatches, "dispatch", "dispatches");
    return warn(
      `${waiting} waiting for ${destination}, which is not in the settings`,
      "they are kept; add it again to deliver them",
    );
  },
  "dispatcher failed": ({ error }) =>
    fail(
      `dispatcher failed  ${error}`,
      "it is started again; please report this",
    ),
  "erased": ({ events, objectId, eventId }) => ({
    ...note(
      `${payloadsOf(events)} erased, as Persona redacted ${objectId}`,
    ),
    more: [{ text: eventId, drop: 1 }],
  }),
  "erased by command": ({ events }) =>
    note(`${payloadsOf(events)} erased by a command`),
  "retention begins": ({ events, at, rule, hint }) =>
    warn(
      `${payloadsOf(events)} will be erased starting ${at}, by ${rule}`,
      hint,
    ),
  "expired": ({ events, rules }) =>
    note(
      `${payloadsOf(events)} erased, as they had expired`,
      ...Object.entries(rules).map(([rule, count]) => `${count} by ${rule}`),
    ),
  "not erased": ({ objectId, reason, eventId }) => ({
    ...warn(
      `${objectId} was redacted by Persona, and is on hold`,
      `why: ${reason}`,
      "its payloads are erased once it is released",
    ),
    more: [{ text: eventId, drop: 1 }],
  }),
  "retention passed": () => note("no expired payload is left"),
  "indexing references": ({ events }) =>
    note(
      `indexing reference ids of ${counted(events, "event")} in the background`,
      "until then --reference finds only some of them",
    ),
  "references indexed": ({ events }) =>
    done(`reference ids of ${counted(events, "event")} indexed`),
  "store works again": ({ failures }) =>
    note(`store works again, after ${counted(failures, "failure")}`),
  "store failed": ({ fault, hint }) => fail(`store failed  ${fault}`, hint),
  "store lost": ({ fault, hint }) =>
    fail(`store lost, the server ends  ${fault}`, hint),
  "checkpoint failed": ({ fault, hint }) =>
    fail(`checkpoint failed, the log of the store grows  ${fault}`, hint),
  "checkpoint works again": () => done("checkpoint works again"),
  "destinations differ": ({ fault, hint }) => warn(fault, hint),
  "destinations agree": () =>
    done(
      "the servers that share the store have the same destinations again",
    ),
  "request failed": ({ error, requestId }) => ({
    ...fail(["request failed", error]),
    more: [{ text: requestId, drop: 1 }],
  }),
  "sent once": (entry) => ({
    mark: entry.ok ? "→" : "✗",
    color: entry.ok ? "green" : "red",
    text: sentOnceText(entry),
  }),
  "revealed": ({ eventId, requestId }) => ({
    ...warn(["payload revealed", { text: eventId, short: shortId(eventId) }]),
    more: [{ text: requestId, drop: 1 }],
  }),
  "rejected revealed": ({ rejectedId, requestId }) => ({
    ...warn(["rejected delivery revealed", rejectedId]),
    more: [{ text: requestId, drop: 1 }],
  }),
  "audit head": ({ records, hash }) =>
    note([`audit trail up to record ${records}, head`, hash]),
  "log lines lost": ({ lines }) =>
    warn(`${lines} log lines lost: the reader is too slow`),
  "stopping": ({ signal }) => note(`stopping on ${signal}`),
  "stopped": () => note("stopped"),
};

function payloadsOf(events: number): string {
  return `payloads of ${counted(events, "event")}`;
}

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
  const short = `${status} ${summary.replace(/^.*: /, "")}`;
  return fail(
    [{ text: "rejected", drop: 1 }, { text: `${status} ${summary}`, short }],
    skewSeconds === 0 ? hint : skew + hint,
  );
}
