// Asks the server that holds a store for a replay, by its local listener.

import { InboxError, UsageError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import { writeConditions } from "../store/read_conditions.ts";
import type { SentOnce } from "../views/sent_once.ts";
import type { Io } from "./io.ts";

/** Looking through a million events takes a while. */
const TIMEOUT_MS = 300_000;

/** Options of {@linkcode replayByServer}. */
export interface RemoteReplayOptions {
  /** The URL of its local listener. */
  readonly localUrl: string;
  /** The bearer token that it asks for, if it does. */
  readonly token: string | null;
  /** True to only count. */
  readonly isDryRun: boolean;
}

/**
 * Asks for a replay.
 *
 * @returns The extent of the replay.
 * @throws {InboxError} When the server does not answer, or refuses.
 * @throws {UsageError} When the server finds fault with the request.
 */
export async function replayByServer(
  request: ReplayRequest,
  { localUrl, token, isDryRun }: RemoteReplayOptions,
  io: Io,
): Promise<ReplayResult> {
  const body = { ...bodyOf(request), dryRun: isDryRun };
  const options = { localUrl, token };
  const answered = await post("/api/replay", body, options, io);
  const answer = answered.ok ? answerOf(answered.body) : undefined;
  if (answer) return answer;
  throw refusalOf(answered);
}

/**
 * Asks a server to send an event once to a URL that is not a destination.
 *
 * @throws {InboxError} When the server does not answer, or refuses.
 */
export async function sendOnceByServer(
  id: string,
  to: string,
  options: Omit<RemoteReplayOptions, "isDryRun">,
  io: Io,
): Promise<SentOnce> {
  const path = `/api/events/${encodeURIComponent(id)}/replay`;
  const answered = await post(path, { to }, options, io);
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
  throw refusalOf(answered);
}

function refusalOf({ status, message }: Answered): InboxError | UsageError {
  if (status === 401 || status === 403) {
    return new InboxError(
      `Cannot replay: the server does not let this command in, it answered ${status}`,
      "Set INBOX_ADMIN_TOKEN to the server's token, in the environment or .env",
    );
  }
  if (status === 400 && /^(?:Cannot |Nothing )/.test(message)) {
    return new UsageError([message]);
  }
  return new InboxError(
    message.startsWith("Cannot ")
      ? message
      : `Cannot replay: the server answered ${status}, ${message}`,
    "See the log of the server, or stop it: replay works without it",
  );
}

function bodyOf({ isDead, isAgain, destination, ...rest }: ReplayRequest) {
  const conditions = writeConditions(rest);
  return { ...conditions, dead: isDead, again: isAgain, destination };
}

interface Answered {
  readonly ok: boolean;
  readonly status: number;
  readonly body: JsonValue;
  readonly message: string;
}

async function post(
  path: string,
  content: object,
  { localUrl, token }: Omit<RemoteReplayOptions, "isDryRun">,
  io: Io,
): Promise<Answered> {
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const request = new Request(new URL(path, localUrl), {
    method: "POST",
    headers,
    body: JSON.stringify(content),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  try {
    const response = await io.fetch(request);
    const { ok, status } = response;
    const body = readJson(await response.text());
    const message = isJsonObject(body) && typeof body.message === "string"
      ? body.message
      : "and is no persona-inbox, or another version";
    return { ok, status, body, message };
  } catch (error) {
    throw new InboxError(
      `Cannot replay: no answer from the server at ${request.url}`,
      "Does it run on this machine? Otherwise stop it: replay works without it",
      { cause: error },
    );
  }
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

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
