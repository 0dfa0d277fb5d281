// Asks the server that holds a store for a replay, by its local listener.

import { isJsonObject, type JsonValue } from "../json/json.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import { writeConditions } from "../store/read_conditions.ts";
import type { SentOnce } from "../views/sent_once.ts";
import {
  askServer,
  refusalOf,
  type ServerAddress,
  type ServerAnswer,
  type ServerRequest,
} from "./ask_server.ts";
import type { Io } from "./io.ts";

const COMMAND = { command: "replay" };
const NO_ANSWER_HINT =
  "Is it running on this machine? Otherwise stop it: replay works without it";
const SENT_AGAIN = ", which sends again what was already sent";
const REFUSED_HINT =
  "See the log of the server, or stop it: replay works without it";

/** Options of {@linkcode replayByServer}. */
export interface RemoteReplayOptions {
  readonly server: ServerAddress;
  /** True to only count. */
  readonly isDryRun: boolean;
}

/**
 * Asks for a replay.
 *
 * @throws {InboxError} If the server does not answer, or refuses.
 * @throws {UsageError} If the server finds fault with the request.
 */
export async function replayByServer(
  request: ReplayRequest,
  { server, isDryRun }: RemoteReplayOptions,
  io: Io,
): Promise<ReplayResult> {
  const content = { ...bodyOf(request), dryRun: isDryRun };
  const asked = { path: "/api/replay", content, server };
  const answered = await ask(
    { ...asked, ...(request.isAgain && { repeatNote: SENT_AGAIN }) },
    io,
  );
  const answer = answered.ok ? answerOf(answered.body) : undefined;
  if (answer) return answer;
  throw refusalOf(answered, { ...COMMAND, hint: REFUSED_HINT });
}

/**
 * Asks a server to send an event once to a URL that is not a destination.
 *
 * @throws {InboxError} If the server does not answer, or refuses.
 */
export async function sendOnceByServer(
  id: string,
  to: string,
  server: ServerAddress,
  io: Io,
): Promise<SentOnce> {
  const path = `/api/events/${encodeURIComponent(id)}/replay`;
  const asked = { path, content: { to }, server, repeatNote: SENT_AGAIN };
  const answered = await ask(asked, io);
  const { body } = answered;
  if (isJsonObject(body) && typeof body.outcome === "string") {
    return {
      eventId: id,
      to: String(body.to),
      ok: answered.ok,
      outcome: body.outcome,
      code: typeof body.code === "number" ? body.code : null,
      durationMs: Number(body.durationMs),
    };
  }
  throw refusalOf(answered, { ...COMMAND, hint: REFUSED_HINT });
}

function ask(
  asked: Omit<ServerRequest, "command" | "hint">,
  io: Io,
): Promise<ServerAnswer> {
  return askServer({ ...COMMAND, ...asked, hint: NO_ANSWER_HINT }, io);
}

function bodyOf({ isDead, isAgain, destination, ...rest }: ReplayRequest) {
  const conditions = writeConditions(rest);
  return { ...conditions, dead: isDead, again: isAgain, destination };
}

function answerOf(body: JsonValue): ReplayResult | undefined {
  if (!isJsonObject(body)) return undefined;
  const { events, dispatches, destinations, unknownIds } = body;
  if (
    typeof events !== "number" || typeof dispatches !== "number" ||
    !isJsonObject(destinations) || !Array.isArray(unknownIds)
  ) return undefined;
  const counts = Object.entries(destinations)
    .map(([name, count]) => [name, Number(count)] as const);
  return {
    events,
    dispatches,
    destinations: Object.fromEntries(counts),
    unknownIds: unknownIds.map(String),
  };
}
