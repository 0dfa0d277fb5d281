/**
 * Asks the server that holds a store to dispatch again, by its local listener.
 *
 * @module
 */

import { InboxError, UsageError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../persona/json.ts";
import type { ReplayRequest, ReplayResult } from "../store/store.ts";
import type { Io } from "./io.ts";

/** To look through a million events takes a while. */
const TIMEOUT_MS = 300_000;

/** How a server is asked. */
export interface RemoteReplayOptions {
  /** The URL of its local listener. */
  readonly localUrl: string;
  /** What that must be shown, if anything. */
  readonly token: string | null;
  /** Whether it is only to be found out. */
  readonly isDryRun: boolean;
}

/**
 * Asks for a replay.
 *
 * @param request Which events.
 * @param options Whom to ask, and how.
 * @param io The outside.
 * @returns What it came to.
 * @throws {InboxError} When the server does not answer, or refuses.
 * @throws {UsageError} When it says that it was asked wrongly.
 */
export async function replayByServer(
  request: ReplayRequest,
  { localUrl, token, isDryRun }: RemoteReplayOptions,
  io: Io,
): Promise<ReplayResult> {
  const url = new URL("/api/replay", localUrl);
  const headers = new Headers({ "content-type": "application/json" });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  const response = await post(
    new Request(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ ...bodyOf(request), dryRun: isDryRun }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
    io,
  );
  if (response.answer) return response.answer;
  const { status, message } = response;
  if (status === 401 || status === 403) {
    throw new InboxError(
      `Cannot replay as the server must let this command in: it answered ${status}`,
      "Set INBOX_ADMIN_TOKEN to what the server has, in the environment or .env",
    );
  }
  if (status === 400 && message.startsWith("Cannot ")) {
    throw new UsageError([message]);
  }
  throw new InboxError(
    message.startsWith("Cannot ")
      ? message
      : `Cannot replay as the server must take it: it answered ${status}, ${message}`,
    "Look into the log of the server, or stop it: replay works without it",
  );
}

/** As the API has it; it wants to be told since when, unless told something else. */
function bodyOf(request: ReplayRequest) {
  const { ids, isDead, names = [], objectId, destination } = request;
  const { receivedUntilMs } = request;
  const { receivedSinceMs = Math.min(0, receivedUntilMs ?? 0) } = request;
  return {
    ids,
    dead: isDead,
    since: new Date(receivedSinceMs).toISOString(),
    until: receivedUntilMs === undefined
      ? undefined
      : new Date(receivedUntilMs).toISOString(),
    name: names.length > 0 ? names : undefined,
    object: objectId,
    destination,
  };
}

interface Answered {
  readonly status: number;
  readonly answer: ReplayResult | undefined;
  readonly message: string;
}

async function post(request: Request, io: Io): Promise<Answered> {
  try {
    const response = await io.fetch(request);
    const { ok, status } = response;
    const body = readJson(await response.text());
    const answer = ok ? answerOf(body) : undefined;
    const message = isJsonObject(body) && typeof body.message === "string"
      ? body.message
      : "and is no persona-inbox, or another version";
    return { status, answer, message };
  } catch (error) {
    throw new InboxError(
      `Cannot replay as the server must answer at ${request.url}`,
      "Does it run on this machine? Else stop it: replay works without it",
      { cause: error },
    );
  }
}

function answerOf(body: JsonValue): ReplayResult | undefined {
  if (!isJsonObject(body)) return undefined;
  const { events, dispatches, unknownIds } = body;
  return typeof events === "number" && typeof dispatches === "number" &&
      Array.isArray(unknownIds)
    ? { events, dispatches, unknownIds: unknownIds.map(String) }
    : undefined;
}

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
