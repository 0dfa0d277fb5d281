/**
 * Finds who can dispatch again, and has it done.
 *
 * @module
 */

import { InboxError, StoreLockedError } from "../errors.ts";
import { createLogger } from "../log.ts";
import { prettyFormat } from "../log_pretty.ts";
import { replayAlone } from "../replay_alone.ts";
import type { Config } from "../settings.ts";
import type {
  EventReader,
  ReplayRequest,
  ReplayResult,
} from "../store/store.ts";
import type { Io } from "./io.ts";
import { replayByServer } from "./remote_replay.ts";

/** What is to be done, and with what. */
export interface Job {
  readonly request: ReplayRequest;
  readonly config: Config;
  /** Of the store that the settings name. */
  readonly reader: EventReader;
  readonly io: Io;
}

/** What a replay came to, and whether a server has it in hand. */
export interface Outcome extends ReplayResult {
  readonly isServed: boolean;
}

/**
 * Dispatches again. Whoever holds the store does it: a server, or else this process.
 *
 * @param job Which events, and where.
 * @param options Whether it is only to be found out what there is to do.
 * @returns What it came to.
 * @throws {InboxError} When the store cannot be used, or the server cannot be asked.
 */
export async function dispatchAgain(
  { request, config, reader, io }: Job,
  { isDryRun }: { isDryRun: boolean },
): Promise<Outcome> {
  const logger = createLogger({
    format: prettyFormat({ color: io.stderrHasColor }),
    write: (lines) => io.stderr(lines),
  });
  try {
    const answer = await replayAlone(request, config, { isDryRun, logger });
    return { ...answer, isServed: false };
  } catch (error) {
    if (!(error instanceof StoreLockedError)) throw error;
  } finally {
    await logger.flush();
  }
  const localUrl = await reader.localUrl();
  if (localUrl === null) {
    throw new InboxError(
      "Cannot replay as the server that holds the store must have a local listener",
      "Turn it on with INBOX_ADMIN_PORT, or stop the server first: replay works without it",
    );
  }
  const { adminToken: token } = config;
  const options = { localUrl, token, isDryRun };
  const answer = await replayByServer(request, options, io);
  return { ...answer, isServed: true };
}
