/**
 * `replay`: dispatches events again, in created-at order.
 *
 * @module
 */

import { InboxError, UsageError } from "../errors.ts";
import { isInverted } from "../since.ts";
import type {
  EventReader,
  ReplayRequest,
  ReplayResult,
} from "../store/store.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import { dispatchAgain, type Job, type Outcome } from "./dispatch_again.ts";
import type { Io } from "./io.ts";
import { lookInto } from "./look_into.ts";
import { print } from "./print.ts";
import { readSince } from "./since.ts";

const IDS_MAX = 1_000;

/** More events are not dispatched again without being asked about. */
const UNASKED_MAX = 100;

/** `persona-inbox replay` */
export const replayCommand: Command = {
  name: "replay",
  summary: "Dispatch events again, in created-at order",
  operands: "[ID…]",
  operandsMax: IDS_MAX,
  examples: [
    "replay evt_4XkN2cTbZ1mPqRsW",
    "replay --dead",
    "replay --since 2h --until 1h --name 'inquiry.*' --destination app",
  ],
  flags: {
    dead: { help: "dead letters, to where they were given up" },
    since: {
      value: "DURATION",
      help: "what came in since: 90s, 30m, 1h, 7d, or an ISO time",
    },
    until: { value: "DURATION", help: "what came in until then" },
    object: { value: "ID", help: "events of that object" },
    name: { value: "GLOB", help: "only events of that name", multiple: true },
    destination: { value: "NAME", help: "only to that destination" },
    yes: { help: `do not ask first when more than ${UNASKED_MAX} events` },
    "dry-run": { help: "only say how many" },
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags("storePath", "forwardUrl"),
  },
  run,
};

async function run(args: Args, io: Io): Promise<number> {
  const request = readRequest(args);
  const config = args.loadConfig("tool", io);
  const isDryRun = args.has("dry-run");
  await lookInto(config, () => Promise.resolve()); // To replay makes no store.
  const job = { request, config, io };
  let outcome = await dispatchAgain(job, { isDryRun: true });
  const { events, dispatches, unknownIds } = outcome;
  await tellUnknown(unknownIds, io);
  if (dispatches === 0) await explainNothing(job, outcome);
  else if (!isDryRun) {
    if (events > UNASKED_MAX && !args.has("yes")) {
      if (!await isConfirmed(outcome, io)) return 1;
    }
    outcome = await dispatchAgain(job, { isDryRun: false });
  }
  const asJson = args.has("json") || !io.stdoutIsTerminal;
  if (asJson) await print(jsonOf(outcome, isDryRun), io);
  else if (dispatches > 0) await print(textOf(outcome, isDryRun), io);
  return unknownIds.length > 0 ? 1 : 0;
}

function readRequest(args: Args): ReplayRequest {
  const ids = args.operands;
  const receivedSinceMs = readSince(args, "since");
  const receivedUntilMs = readSince(args, "until");
  if (isInverted(receivedSinceMs, receivedUntilMs)) {
    args.faults.push("Cannot replay as --since must not be after --until");
  }
  const objectId = args.get("object");
  const destination = args.get("destination");
  const isChosen = ids.length > 0 ||
    ["dead", "since", "until", "object"].some((flag) => args.has(flag));
  if (!isChosen) {
    args.faults.push(
      "Cannot replay as it must be said what: name ids, or use --dead, --since, --until or --object",
    );
  }
  return {
    ...(ids.length > 0 && { ids }),
    ...(args.has("dead") && { isDead: true }),
    ...(receivedSinceMs !== undefined && { receivedSinceMs }),
    ...(receivedUntilMs !== undefined && { receivedUntilMs }),
    ...(objectId !== undefined && { objectId }),
    ...(destination !== undefined && { destination }),
    names: args.nameGlobs,
  };
}

async function tellUnknown(ids: readonly string[], io: Io): Promise<void> {
  for (const id of ids) {
    await io.stderr(`Cannot replay ${id} as it must be in the store\n`);
  }
  if (ids.length > 0) {
    await io.stderr("List what is there: persona-inbox events\n");
  }
}

/** Nothing to do is well, unless there is something that nobody wants. */
async function explainNothing(
  job: Job,
  { unknownIds }: Outcome,
): Promise<void> {
  const { request, config, io } = job;
  const { destination } = request;
  if (await lookInto(config, (reader) => isAnythingMeant(request, reader))) {
    throw new InboxError(
      "Cannot replay as a destination must want the events: none does",
      destination === undefined
        ? 'Add one: set INBOX_FORWARD_URL, or "destinations" in inbox.json'
        : `See "events" and "filter" of ${destination} in inbox.json`,
    );
  }
  if (unknownIds.length === 0) await io.stderr("Nothing to dispatch again\n");
}

async function isAnythingMeant(
  request: ReplayRequest,
  reader: EventReader,
): Promise<boolean> {
  const { isDead = false, destination, ...filter } = request;
  if (!isDead) return (await reader.list({ ...filter, limit: 1 })).length > 0;
  const rows = await reader.list({ ...filter, status: "dead", limit: 1_000 });
  const dispatches = await reader.dispatches(rows.map(({ seq }) => seq));
  return [...dispatches.values()].flat().some((state) =>
    state.status === "dead" &&
    state.destination === (destination ?? state.destination)
  );
}

async function isConfirmed(outcome: Outcome, io: Io): Promise<boolean> {
  const { events } = outcome;
  if (!io.canAsk) {
    throw new UsageError([
      `Cannot replay ${events} events as more than ${UNASKED_MAX} must be confirmed: add --yes`,
    ]);
  }
  if (await io.ask(`Dispatch ${amountOf(outcome)} again?`)) return true;
  await io.stderr("Nothing was dispatched\n");
  return false;
}

function jsonOf(
  { events, dispatches, unknownIds }: Outcome,
  dryRun: boolean,
): string {
  return JSON.stringify({ events, dispatches, unknownIds, dryRun });
}

function textOf(outcome: Outcome, isDryRun: boolean): string {
  const amount = amountOf(outcome);
  if (isDryRun) return `${amount} would go out again`;
  return outcome.isServed
    ? `${amount} go out again now`
    : `${amount} go out again when the server starts`;
}

function amountOf({ events, dispatches }: ReplayResult): string {
  const ofEvents = events === 1 ? "1 event" : `${events} events`;
  return dispatches === 1
    ? `${ofEvents}, 1 dispatch`
    : `${ofEvents}, ${dispatches} dispatches`;
}
