import { UsageError } from "../errors.ts";
import { unknownDestination } from "../views/unknown_destination.ts";
import { replayEntry } from "../views/replay_entry.ts";
import { recordedAct } from "./record_act.ts";
import { OWN_HANDLERS_NAME } from "../config/destination_members.ts";
import type { Config } from "../config/settings.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import { findServer } from "./ask_server.ts";
import { inOwnStore } from "./by_holder.ts";
import type { Io } from "./io.ts";
import { replayByServer } from "./remote_replay.ts";

const NO_LISTENER_HINT =
  ", or stop the server first: replay works without it. A program with createInbox() has none: it calls replay() of its inbox";

/** A replay to do, and with what. */
export interface Job {
  readonly request: ReplayRequest;
  readonly config: Config;
  readonly io: Io;
}

/** The extent of a replay, and whether a server carries it out. */
export interface Outcome extends ReplayResult {
  readonly isServed: boolean;
}

/**
 * Replays events. Whoever holds the store does it: a server, or else this process.
 *
 * @throws {InboxError} If the store cannot be used, or the server cannot be asked.
 * @throws {UsageError} If there is no such destination.
 */
export async function dispatchAgain(
  job: Job,
  { isDryRun }: { isDryRun: boolean },
): Promise<Outcome> {
  const { request, config, io } = job;
  const server = findServer(config, {
    command: "replay",
    hint: NO_LISTENER_HINT,
  });
  if (server) {
    const answer = await replayByServer(request, { server, isDryRun }, io);
    return { ...answer, isServed: true };
  }
  const replayHere = () =>
    inOwnStore(job, ({ replay }) => replay(request, { isDryRun }));
  const answer = isDryRun ? await replayHere() : await recordedAct(replayHere, {
    storeUrl: config.storeUrl,
    ...replayEntry(request),
    isDone: ({ dispatches }) => dispatches > 0,
  });
  checkDestination(request, config);
  return { ...answer, isServed: false };
}

/** A server checks it against its own settings. */
function checkDestination(
  { destination }: ReplayRequest,
  { destinations }: Config,
): void {
  if (destination === undefined || destination === OWN_HANDLERS_NAME) return;
  const names = destinations.map(({ name }) => name);
  if (names.includes(destination)) return;
  throw new UsageError([unknownDestination(destination, names)]);
}
