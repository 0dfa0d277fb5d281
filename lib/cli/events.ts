import { systemClock } from "../clock.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import { PROGRAM_NAME } from "../program_name.ts";
import { InboxError } from "../errors.ts";
import { unmatchedGlobText } from "../persona/known_globs.ts";
import {
  eventFields,
  revealDetail,
  type ShowOptions,
  storedEventJson,
} from "../views/event_json.ts";
import {
  LIST_CONDITIONS,
  LIST_LIMIT,
  type ListRequest,
} from "../store/event_filter.ts";
import { resolveConditions, resolveIds } from "../store/resolve_ids.ts";
import { withReference } from "../store/find_linked.ts";
import { locateStore } from "../store/open_store.ts";
import type { EventReader } from "../store/event_reader.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import { conditionFlags, readConditionFlags } from "./condition_flags.ts";
import { eventTable, storedText } from "./event_output.ts";
import type { Io } from "./io.ts";
import { withReader } from "./with_reader.ts";
import { counted } from "../views/counted.ts";
import { notify, print } from "./print.ts";
import { holdsOf, holdText } from "../views/hold_info.ts";
import { pausedText } from "../views/pause_text.ts";
import { unknownDestination } from "../views/unknown_destination.ts";
import { recordAct } from "./record_act.ts";

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
    "events --reference user-7",
    "events --destination app --status dead",
    "events evt_4XkN2cTbZ1mPqRsW --reveal",
  ],
  flags: {
    ...conditionFlags(LIST_CONDITIONS),
    body: { help: "show the payload of one event, masked" },
    reveal: {
      help:
        "show payload and outputs of one event unmasked, but for access tokens in URLs",
    },
    "reveal-tokens": { help: "the same with the access tokens" },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run: events,
};

async function events(args: Args, io: Io): Promise<number> {
  const [id] = args.operands;
  const filter = readFilter(args);
  const config = args.loadConfig("tool", io);
  const asJson = args.isJson(io);
  const tokens = args.has("reveal-tokens");
  const reveal = tokens || args.has("reveal");
  const options = {
    asJson,
    reveal,
    tokens,
    hasBody: args.has("body") || reveal,
    storeUrl: config.storeUrl,
  };
  await withReader(
    config,
    (reader) =>
      id === undefined
        ? list(reader, filter, { asJson, io, config })
        : show(reader, id, options, io),
  );
  return 0;
}

function readFilter(args: Args): ListRequest {
  const { faults, operands: [id] } = args;
  if (id !== undefined) {
    for (const flag of Object.keys(conditionFlags(LIST_CONDITIONS))) {
      if (!args.has(flag)) continue;
      faults.push(
        `--${flag} selects from the list, and ${id} one event: remove one of them`,
      );
    }
  }
  for (const flag of ["reveal", "reveal-tokens", "body"]) {
    if (id !== undefined || !args.has(flag)) continue;
    faults.push(`--${flag} needs an event id: events ID --${flag}`);
  }
  return { limit: LIST_LIMIT, ...readConditionFlags(args, LIST_CONDITIONS) };
}

async function list(
  reader: EventReader,
  asked: ListRequest,
  { asJson, io, config }: { asJson: boolean; io: Io; config: Config },
): Promise<void> {
  const resolved = await resolveConditions(asked, reader);
  const found = await withReference(resolved, reader);
  const { filter, unsearched, unreadable } = found;
  if (unsearched > 0) {
    await notify(
      `${unsearched} events are not indexed by reference yet: the server does that in the background`,
      io,
    );
  }
  if (unreadable.length > 0) {
    await notify(
      `${
        counted(unreadable.length, "object")
      } may be missing: new events of them cannot be read`,
      io,
    );
  }
  const rows = await reader.list(filter);
  const { destination } = filter;
  // What was removed from the settings still has its events.
  if (rows.length === 0 && destination !== undefined) {
    const names = await destinationNames(reader, config);
    const isKnown = [...names, OWN_HANDLERS_NAME].includes(destination);
    if (!isKnown) await notify(unknownDestination(destination, names), io);
  }
  for (const glob of rows.length === 0 ? filter.names ?? [] : []) {
    const unmatched = unmatchedGlobText(glob);
    if (unmatched !== null) await notify(unmatched, io);
  }
  if (asJson) {
    for (const row of rows) await print(JSON.stringify(eventFields(row)), io);
    return;
  }
  for (const pause of await reader.pauses()) {
    await notify(pausedText(pause.destination, true), io);
  }
  const lines = eventTable(rows, io.stdoutColumns());
  if (lines.length > 1) await print(lines.join("\n"), io);
  else await notify(`No events. Send one: ${PROGRAM_NAME} send`, io);
}

/** The names in the settings and, as the server may have others, those served of late. */
async function destinationNames(
  reader: EventReader,
  config: Config,
): Promise<string[]> {
  const recent = await reader.list({ limit: LIST_LIMIT });
  const dispatches = await reader.dispatches(recent.map(({ seq }) => seq));
  const names = [...config.destinations.map(({ name }) => name)];
  for (const one of dispatches.values()) {
    names.push(...one.map(({ destination }) => destination));
  }
  return [...new Set(names)];
}

/** Options of showing one event. */
interface ShowEventOptions extends ShowOptions {
  readonly asJson: boolean;
  readonly hasBody: boolean;
  readonly storeUrl: string;
}

async function show(
  reader: EventReader,
  id: string,
  { asJson, hasBody, storeUrl, ...shown }: ShowEventOptions,
  io: Io,
): Promise<void> {
  const [wholeId = id] = await resolveIds([id], "event", reader);
  const stored = await reader.get(wholeId);
  if (!stored) {
    const isObject = (await reader.list({ objectIds: [id], limit: 1 })).length;
    throw new InboxError(
      `No event ${id} in ${locateStore(storeUrl).shown}`,
      isObject
        ? `It is an object. List its events: ${PROGRAM_NAME} events --object ${id}`
        : `List what is stored: ${PROGRAM_NAME} events`,
    );
  }
  if (shown.reveal) {
    const detail = revealDetail(shown);
    const subject = stored.row.id;
    await recordAct(storeUrl, { act: "reveal", subject, detail });
  }
  const holds = await holdsOf(stored.row.objectId, {
    reader,
    nowMs: systemClock.nowMs(),
  });
  if (asJson) return await print(storedEventJson(stored, shown, { holds }), io);
  const pauses = await reader.pauses();
  const paused = pauses.map(({ destination }) => destination);
  await print(storedText(stored, { ...shown, hasBody, paused }), io);
  for (const hold of holds) {
    await notify(`${stored.row.objectId} is ${holdText(hold)}`, io);
  }
  if (!hasBody) await notify("Its payload: add --body, or --reveal", io);
}
