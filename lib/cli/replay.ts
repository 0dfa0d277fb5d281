// `replay`: has events dispatched that are not done, or sends them again when told.

import { PROGRAM_NAME } from "../program_name.ts";
import { InboxError, UsageError } from "../errors.ts";
import {
  REPLAY_CONDITIONS,
  type ReplayRequest,
  type ReplayResult,
  SELECTING_CONDITIONS,
} from "../store/event_filter.ts";
import { locateStore } from "../store/open_store.ts";
import { resolveConditions } from "../store/resolve_ids.ts";
import { nothingSelected } from "../store/read_conditions.ts";
import type { EventReader } from "../store/event_reader.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import { conditionFlags, readConditionFlags } from "./condition_flags.ts";
import { dispatchAgain, type Job, type Outcome } from "./dispatch_again.ts";
import type { Config } from "../config/settings.ts";
import type { Io } from "./io.ts";
import { withReader } from "./with_reader.ts";
import { shownUrl } from "../views/destination_info.ts";
import { counted } from "../views/counted.ts";
import { pausedText } from "../views/pause_text.ts";
import { sentOnceText } from "../views/sent_once.ts";
import { notify, print } from "./print.ts";
import { selectEvents, sendEventsOnce } from "./replay_to.ts";

const IDS_MAX = 1_000;

/** The most events that are looked at to say why nothing is replayed. */
const LOOKED_AT_MAX = 1_000;

/** More events than these are replayed only once confirmed. */
const UNASKED_MAX = 100;

/** `${PROGRAM_NAME} replay` */
export const replayCommand: Command = {
  name: "replay",
  summary: "Dispatch what is pending or dead now; --again: also what is done",
  operands: "[ID…]",
  operandsMax: IDS_MAX,
  examples: [
    "replay evt_4XkN2cTbZ1mPqRsW",
    "replay --dead",
    "replay --since 2h --until 1h --name 'inquiry.*' --destination app",
    "replay evt_4XkN2cTbZ1mPqRsW --again",
    "replay evt_4XkN2cTbZ1mPqRsW --to http://127.0.0.1:9000/",
  ],
  flags: {
    dead: { help: "dead letters" },
    ...conditionFlags(REPLAY_CONDITIONS),
    destination: { value: "NAME", help: "only to that destination" },
    again: {
      help:
        "also where they succeeded, and to all destinations that receive them now",
    },
    to: {
      value: "URL",
      help: "send once to that URL only; nothing about it is stored",
    },
    yes: { help: `do not ask, as --again and ${UNASKED_MAX + 1} events do` },
    "dry-run": { short: "n", help: "only print how many, and where to" },
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run,
};

async function run(args: Args, io: Io): Promise<number> {
  const asked = readRequest(args);
  const to = readUrl(args);
  const config = args.loadConfig("tool", io);
  const isDryRun = args.has("dry-run");
  // Fails without a store: a replay creates none.
  const request = await withReader(
    config,
    (reader) => resolveConditions(asked, reader),
  );
  const job = { request, config, io };
  if (to !== undefined) return await runOnce(to, args, job);
  let outcome = await dispatchAgain(job, { isDryRun: true });
  const { dispatches, unknownIds } = outcome;
  await tellUnknown(unknownIds, config, io);
  if (dispatches === 0) await explainNothing(job, outcome);
  else if (!isDryRun) {
    const isAllowed = args.has("yes") || await isConfirmed(job, outcome);
    if (!isAllowed) return 1;
    outcome = await dispatchAgain(job, { isDryRun: false });
  }
  for (const name of await pausedAmong(outcome, config)) {
    await notify(pausedText(name, true), io);
  }
  const asJson = args.isJson(io);
  if (asJson) await print(jsonOf(outcome, isDryRun), io);
  else if (dispatches > 0) await print(textOf(outcome, isDryRun), io);
  return unknownIds.length > 0 ? 1 : 0;
}

/** Sends what is selected to one URL, whatever became of it elsewhere. */
async function runOnce(to: string, args: Args, job: Job): Promise<number> {
  const { config, io } = job;
  const { rows, unknownIds } = await selectEvents(job);
  await tellUnknown(unknownIds, config, io);
  if (rows.length === 0 && unknownIds.length === 0) {
    await notify("Nothing to replay", io);
    return 0;
  }
  const destinations = { [shownUrl(to)]: rows.length };
  const extent = {
    events: rows.length,
    dispatches: rows.length,
    destinations,
    unknownIds,
  };
  const asJson = args.isJson(io);
  if (args.has("dry-run")) {
    const text = `Would send ${extentOf(extent)}`;
    const json = JSON.stringify({ ...extent, dryRun: true });
    await print(asJson ? json : text, io);
    return unknownIds.length > 0 ? 1 : 0;
  }
  const isAllowed = args.has("yes") ||
    await isConfirmed(job, { ...extent, isServed: false });
  if (!isAllowed) return 1;
  let failures = 0;
  for await (const sent of sendEventsOnce(rows.map(({ id }) => id), to, job)) {
    if (!sent.ok) failures++;
    await print(asJson ? JSON.stringify(sent) : sentOnceText(sent), io);
  }
  return failures > 0 || unknownIds.length > 0 ? 1 : 0;
}

function readUrl(args: Args): string | undefined {
  if (!args.has("to")) return undefined;
  if (args.has("again") || args.has("destination")) {
    args.faults.push(
      "Cannot use --to with --again or --destination: it sends to that URL and nowhere else",
    );
  }
  return args.httpUrl("to");
}

function readRequest(args: Args): ReplayRequest {
  const ids = args.operands;
  const destination = args.get("destination");
  const selecting = [
    "dead",
    ...Object.keys(conditionFlags(SELECTING_CONDITIONS)),
  ];
  if (ids.length === 0 && !selecting.some((flag) => args.has(flag))) {
    const flags = selecting.map((flag) => `--${flag}`);
    args.faults.push(nothingSelected(["ids", ...flags]));
  }
  return {
    ...readConditionFlags(args, REPLAY_CONDITIONS),
    ...(ids.length > 0 && { ids }),
    ...(args.has("dead") && { isDead: true }),
    ...(args.has("again") && { isAgain: true }),
    ...(destination !== undefined && { destination }),
  };
}

async function tellUnknown(
  ids: readonly string[],
  { storeUrl }: Config,
  io: Io,
): Promise<void> {
  const store = locateStore(storeUrl).shown;
  for (const id of ids) await notify(`No event ${id} in ${store}`, io);
  if (ids.length > 0) {
    await notify(`List what is stored: ${PROGRAM_NAME} events`, io);
  }
}

/** Nothing to do is fine, unless something is selected that goes nowhere. */
async function explainNothing(
  { request, config, io }: Job,
  { unknownIds }: Outcome,
): Promise<void> {
  const { destination, isAgain, isDead } = request;
  const { isAny, isErased, unfinished } = await withReader(
    config,
    (reader) => selection(request, reader),
  );
  if (!isAgain && unfinished.length > 0) {
    throw new InboxError(
      `Cannot replay: what is selected is pending or dead at ${
        unfinished.join(", ")
      }, not in these settings`,
      'Add it to "destinations" in inbox.json; a program with createInbox() calls replay() of its inbox',
    );
  }
  if (!isAny || isDead && !isAgain) {
    if (unknownIds.length === 0) await notify("Nothing to replay", io);
    return;
  }
  if (!isAgain) {
    await notify(
      "Nothing to replay: nothing selected is pending or dead. Add --again to deliver it again",
      io,
    );
    return;
  }
  if (isErased) {
    throw new InboxError(
      "Cannot replay: the payloads of what is selected were erased",
      "Erasure cannot be undone; the audit command shows it",
    );
  }
  throw new InboxError(
    "Cannot replay: no destination receives these events",
    destination === undefined
      ? 'Add one: set INBOX_FORWARD_URL, or "destinations" in inbox.json'
      : `See "events" and "filter" of ${destination} in inbox.json`,
  );
}

/** Returns the facts about a selection that explain why nothing is replayed. */
async function selection(
  { isDead = false, destination, isAgain: _, ...filter }: ReplayRequest,
  reader: EventReader,
): Promise<{
  isAny: boolean;
  isErased: boolean;
  unfinished: readonly string[];
}> {
  const rows = await reader.list({
    ...filter,
    ...(isDead && { status: "dead" as const }),
    limit: LOOKED_AT_MAX,
  });
  const dispatches = await reader.dispatches(rows.map(({ seq }) => seq));
  const names = [...dispatches.values()].flat().filter((state) =>
    (state.status === "dead" || state.status === "pending" && !isDead) &&
    state.destination === (destination ?? state.destination)
  ).map((state) => state.destination);
  return {
    isAny: rows.length > 0,
    isErased: rows.every(({ status }) => status === "erased"),
    unfinished: [...new Set(names)],
  };
}

/** Asks before replaying many events, or events that may have been handled already. */
async function isConfirmed(
  { request: { isAgain }, io }: Job,
  outcome: Outcome,
): Promise<boolean> {
  const isMuch = outcome.events > UNASKED_MAX;
  if (isMuch && !io.canAsk) {
    throw new UsageError([
      `Replaying ${outcome.events} events must be confirmed, as they are more than ${UNASKED_MAX}: add --yes`,
    ]);
  }
  if (!io.canAsk || !isMuch && !isAgain) return true;
  const note = isAgain ? ", also where they succeeded" : "";
  if (await io.ask(`Replay ${extentOf(outcome)}${note}?`)) return true;
  await notify("Nothing was replayed", io);
  return false;
}

function jsonOf(outcome: Outcome, dryRun: boolean): string {
  const { isServed: _, ...extent } = outcome;
  return JSON.stringify({ ...extent, dryRun });
}

function textOf(outcome: Outcome, isDryRun: boolean): string {
  const extent = extentOf(outcome);
  if (isDryRun) return `Would replay ${extent}`;
  return outcome.isServed
    ? `Replaying ${extent}`
    : `Will replay ${extent} when the server starts`;
}

/** As in `2 events: 2 to app, 1 to log`. */
function extentOf({ events, destinations }: ReplayResult): string {
  const targets = Object.entries(destinations)
    .map(([name, dispatches]) => `${dispatches} to ${name}`);
  return `${counted(events, "event")}: ${targets.join(", ")}`;
}

/** The destinations of a replay that are paused by a command. */
async function pausedAmong(
  { destinations }: Outcome,
  config: Config,
): Promise<readonly string[]> {
  const pauses = await withReader(config, (reader) => reader.pauses());
  return pauses.map(({ destination }) => destination)
    .filter((destination) => Object.hasOwn(destinations, destination));
}
