// `events`: what came in.

import { PROGRAM_NAME } from "../program_name.ts";
import { InboxError } from "../errors.ts";
import { eventFields, storedEventJson } from "../views/event_json.ts";
import type { EventFilter } from "../store/event_filter.ts";
import { isInverted } from "../since.ts";
import { locateStore } from "../store/open_store.ts";
import type { EventReader } from "../store/event_reader.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import { eventTable, storedText } from "./event_output.ts";
import type { Io } from "./io.ts";
import { withReader } from "./with_reader.ts";
import { notify, print } from "./print.ts";
import { traceReveal } from "./reveal_trace.ts";
import { resolveIds } from "./resolve_ids.ts";
import { readSince } from "./since.ts";

const LIMIT_MAX = 100_000;
/** Flags that choose what is listed. */
const FILTERS = [
  "name",
  "object",
  "destination",
  "status",
  "since",
  "until",
  "limit",
] as const;
const STATUSES = ["pending", "done", "dead", "none"] as const;

/** `${PROGRAM_NAME} events` */
export const eventsCommand: Command = {
  name: "events",
  summary: "List events, newest first, or show one with its dispatches",
  operands: "[ID]",
  operandsMax: 1,
  examples: [
    "events",
    "events --name 'inquiry.*' --since 1h",
    "events --object inq_8kYQdT4ZVvpLmLvkUB1W8tMH --json",
    "events --destination app --status dead",
    "events evt_4XkN2cTbZ1mPqRsW --reveal",
  ],
  flags: {
    name: { value: "GLOB", help: "only events of that name", multiple: true },
    object: { value: "ID", help: "only events of that object" },
    destination: { value: "NAME", help: "only events that go there" },
    status: {
      value: "STATUS",
      help: "only events whose dispatches are pending, done, dead or none",
    },
    since: {
      value: "DURATION",
      help: "only what came in since: 90s, 30m, 1h, 7d, or an ISO time",
    },
    until: { value: "DURATION", help: "only what came in until then" },
    limit: {
      value: "N",
      help: `how many, 20 by default, at most ${LIMIT_MAX}`,
    },
    reveal: {
      help: "show payload and outputs of one event as they are, unmasked",
    },
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags("storeUrl"),
  },
  run: events,
};

async function events(args: Args, io: Io): Promise<number> {
  const [id] = args.operands;
  const query = readQuery(args);
  const config = args.loadConfig("tool", io);
  const asJson = args.has("json") || !io.stdoutIsTerminal;
  const options = {
    asJson,
    reveal: args.has("reveal"),
    storeUrl: config.storeUrl,
    token: config.adminToken,
  };
  await withReader(
    config,
    (reader) =>
      id === undefined
        ? list(reader, query, { asJson, io })
        : show(reader, id, options, io),
  );
  return 0;
}

function readQuery(args: Args): EventFilter {
  const { faults, operands: [id] } = args;
  const others = id === undefined ? [] : FILTERS.filter((f) => args.has(f));
  for (const flag of others) {
    faults.push(
      `--${flag} selects from the list, and ${id} one event: remove one of them`,
    );
  }
  if (id === undefined && args.has("reveal")) {
    faults.push(
      "--reveal needs an event id: events ID --reveal",
    );
  }
  const objectId = args.get("object");
  const destination = args.get("destination");
  const receivedSinceMs = readSince(args, "since");
  const receivedUntilMs = readSince(args, "until");
  if (isInverted(receivedSinceMs, receivedUntilMs)) {
    faults.push("Cannot use --since as it must not be after --until");
  }
  const limitText = args.get("limit") ?? "20";
  const limit = /^[0-9]{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > LIMIT_MAX) {
    faults.push(
      `Cannot use --limit as it must be a whole number from 1 to ${LIMIT_MAX}: current value is ${limitText}`,
    );
  }
  const statusText = args.get("status");
  const status = STATUSES.find((known) => known === statusText);
  if (statusText !== undefined && !status) {
    faults.push(
      `Cannot use --status as it must be one of ${
        STATUSES.join(", ")
      }: current value is ${statusText}`,
    );
  }
  return {
    names: args.nameGlobs,
    ...(objectId !== undefined && { objectId }),
    ...(destination !== undefined && { destination }),
    ...(receivedSinceMs !== undefined && { receivedSinceMs }),
    ...(receivedUntilMs !== undefined && { receivedUntilMs }),
    ...(status && { status }),
    limit,
  };
}

async function list(
  reader: EventReader,
  query: EventFilter,
  { asJson, io }: { asJson: boolean; io: Io },
): Promise<void> {
  const [objectId] = await resolveIds(
    query.objectId === undefined ? [] : [query.objectId],
    "object",
    reader,
  );
  const rows = await reader.list({
    ...query,
    ...(objectId !== undefined && { objectId }),
  });
  if (asJson) {
    for (const row of rows) await print(JSON.stringify(eventFields(row)), io);
    return;
  }
  const lines = eventTable(rows, io.stdoutColumns());
  if (lines.length > 1) await print(lines.join("\n"), io);
  else await notify(`No events. Send one: ${PROGRAM_NAME} send`, io);
}

/** Options of showing one event. */
interface ShowOptions {
  readonly asJson: boolean;
  readonly reveal: boolean;
  readonly storeUrl: string;
  /** The bearer token of the server that holds the store, if it asks for one. */
  readonly token: string | null;
}

async function show(
  reader: EventReader,
  id: string,
  { asJson, reveal, storeUrl, token }: ShowOptions,
  io: Io,
): Promise<void> {
  const [wholeId = id] = await resolveIds([id], "event", reader);
  const stored = await reader.get(wholeId);
  if (!stored) {
    throw new InboxError(
      `No event ${id} in ${locateStore(storeUrl).file ?? storeUrl}`,
      `List what is there: ${PROGRAM_NAME} events`,
    );
  }
  if (reveal) {
    const eventId = stored.row.id;
    await traceReveal({ eventId, storeUrl, token }, io);
  }
  const show = asJson ? storedEventJson : storedText;
  await print(show(stored, { reveal }), io);
}
