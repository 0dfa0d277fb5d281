/**
 * `events`: what came in.
 *
 * @module
 */

import { openReader } from "../app.ts";
import { InboxError } from "../errors.ts";
import type { EventFilter, EventReader } from "../store/store.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import {
  eventJson,
  eventTable,
  storedJson,
  storedText,
} from "./event_output.ts";
import type { Io } from "./io.ts";

const LIMIT_MAX = 100_000;
const STATUSES = ["pending", "done", "dead", "none"] as const;
const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `persona-inbox events` */
export const eventsCommand: Command = {
  name: "events",
  summary: "List events, newest first, or show one",
  operands: "[ID]",
  operandsMax: 1,
  examples: [
    "events",
    "events --name 'inquiry.*' --since 1h",
    "events --object inq_8kYQdT4ZVvpLmLvkUB1W8tMH --json",
    "events evt_4XkN2cTbZ1mPqRsW --reveal",
  ],
  flags: {
    name: { value: "GLOB", help: "only events of that name", multiple: true },
    object: { value: "ID", help: "only events of that object" },
    status: {
      value: "STATUS",
      help: "only events whose dispatches are pending, done, dead or none",
    },
    since: {
      value: "DURATION",
      help: "only what came in since: 90s, 30m, 1h, 7d, or an ISO time",
    },
    limit: {
      value: "N",
      help: `how many, 20 unless said, at most ${LIMIT_MAX}`,
    },
    reveal: { help: "show the payload of one event as it is, unmasked" },
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags("storePath"),
  },
  run: events,
};

async function events(args: Args, io: Io): Promise<number> {
  const [id] = args.operands;
  const query = readQuery(args, Date.now());
  const config = args.loadConfig("tool", io);
  const asJson = args.has("json") || !io.stdoutIsTerminal;
  const reader = openReader(config);
  try {
    if (id === undefined) await list(reader, query, asJson, io);
    else await show(reader, id, { asJson, reveal: args.has("reveal") }, io);
    return 0;
  } finally {
    reader.close();
  }
}

/** Nothing is dispatched in this version, so every event's status is `none`. */
interface Query extends EventFilter {
  status: typeof STATUSES[number];
}

function readQuery(args: Args, nowMs: number): Query {
  const { faults } = args;
  const objectId = args.get("object");
  const receivedSinceMs = readSince(args.get("since"), nowMs, faults);
  const limitText = args.get("limit") ?? "20";
  const limit = /^[0-9]{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > LIMIT_MAX) {
    faults.push(
      `Cannot use --limit as it must be a whole number from 1 to ${LIMIT_MAX}: current value is ${limitText}`,
    );
  }
  const statusText = args.get("status") ?? "none";
  const status = STATUSES.find((known) => known === statusText);
  if (!status) {
    faults.push(
      `Cannot use --status as it must be one of ${
        STATUSES.join(", ")
      }: current value is ${statusText}`,
    );
  }
  return {
    names: args.all("name"),
    ...(objectId !== undefined && { objectId }),
    ...(receivedSinceMs !== undefined && { receivedSinceMs }),
    limit,
    status: status ?? "none",
  };
}

function readSince(
  text: string | undefined,
  nowMs: number,
  faults: string[],
): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) {
    return nowMs - Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS];
  }
  const time = Date.parse(text);
  if (/^[0-9]{4}-/.test(text) && !Number.isNaN(time)) return time;
  faults.push(
    `Cannot use --since as it must be like 90s, 30m, 1h, 7d or an ISO time: current value is ${text}`,
  );
  return undefined;
}

async function list(
  reader: EventReader,
  query: Query,
  asJson: boolean,
  io: Io,
): Promise<void> {
  const rows = query.status === "none" ? reader.list(query) : [];
  if (asJson) {
    for (const row of rows) await io.stdout(`${eventJson(row)}\n`);
    return;
  }
  const lines = eventTable([...rows]);
  if (lines.length > 1) await io.stdout(`${lines.join("\n")}\n`);
  else await io.stderr("No events. Send one: persona-inbox send\n");
}

async function show(
  reader: EventReader,
  id: string,
  options: { asJson: boolean; reveal: boolean },
  io: Io,
): Promise<void> {
  const stored = reader.get(id);
  if (!stored) {
    throw new InboxError(
      "Cannot show event as its id must be in the store",
      "List what is there: persona-inbox events",
    );
  }
  const { asJson, reveal } = options;
  const text = asJson ? storedJson(stored, reveal) : storedText(stored, reveal);
  await io.stdout(`${text}\n`);
}
