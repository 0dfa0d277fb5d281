// Asks the server that holds a store, by its local listener.

import { strongestToken } from "../config/admin_tokens.ts";
import { hostOfListener } from "../config/this_machine.ts";
import type { Config } from "../config/settings.ts";
import { InboxError, UsageError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { findHolder } from "../store/open_store.ts";
import { type Flag, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { whyNoAnswer } from "./why_no_answer.ts";

/** Looking through a million events takes a while. */
const TIMEOUT_MS = 300_000;

/** The flags of commands that ask a server about itself. */
export const SERVER_ADDRESS_FLAGS: Record<string, Flag> = {
  ...settingFlags("storeUrl", "adminPort", "adminHostname"),
  "admin-port": {
    value: "PORT",
    help: "local port of the server (INBOX_ADMIN_PORT)",
  },
  "admin-host": {
    value: "HOST",
    help: "local address of the server (INBOX_ADMIN_HOST)",
  },
};

/** A request to a server. */
export interface ServerRequest {
  /** The command, for errors: `replay`. */
  readonly command: string;
  /** The path of the API, such as `/api/replay`. */
  readonly path: string;
  /** The JSON to POST; `GET` without. */
  readonly content?: object;
  /** The address of the server, and the bearer token if it asks for one. */
  readonly server: ServerAddress;
  /** Said when the server cannot be reached. */
  readonly hint?: string;
  /** What repeating the request does beside, for the hint after an answer that was lost. */
  readonly repeatNote?: string;
}

/** The address of a server, and the bearer token for it. */
export interface ServerAddress {
  readonly localUrl: string;
  readonly token: string | null;
}

/** The answer of a server. */
export interface ServerAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** Null if it is no JSON. */
  readonly body: JsonValue;
  readonly message: string;
}

/**
 * Finds the server that holds the configured store.
 *
 * @param options The command that needs it, for errors, and what else would help.
 * @returns Its address; undefined if none holds the store.
 * @throws {InboxError} If it has no local listener.
 */
export function findServer(
  { storeUrl, adminTokens }: Config,
  { command, hint = "" }: Pick<ServerRequest, "command" | "hint">,
): ServerAddress | undefined {
  const holder = findHolder(storeUrl);
  if (!holder) return undefined;
  const { localUrl } = holder;
  if (localUrl !== null) {
    return { localUrl, token: strongestToken(adminTokens) };
  }
  throw new InboxError(
    `Cannot ${command}: the server that holds the store has no local listener`,
    `Turn it on with INBOX_ADMIN_PORT${hint}`,
  );
}

/**
 * Finds the server that holds the configured store; where several may share it, the one
 * that the settings speak of.
 *
 * @param options The command that needs it, for errors, and what else would help.
 * @throws {InboxError} If it has no local listener.
 */
export function serverOf(
  config: Config,
  { command, hint = "" }: Pick<ServerRequest, "command" | "hint">,
): ServerAddress {
  const holder = findServer(config, { command, hint });
  if (holder) return holder;
  const { adminHostname, adminPort, adminTokens } = config;
  if (adminPort === null) {
    throw new InboxError(
      `Cannot ${command}: there is no local listener to ask`,
      `Turn it on with INBOX_ADMIN_PORT${hint}`,
    );
  }
  const localUrl = `http://${hostOfListener(adminHostname)}:${adminPort}/`;
  return { localUrl, token: strongestToken(adminTokens) };
}

/**
 * Sends a request to a server.
 *
 * @returns Its answer, refusals too.
 * @throws {InboxError} If it does not answer.
 */
export async function askServer(
  asked: ServerRequest,
  io: Io,
): Promise<ServerAnswer> {
  const { path, content, server } = asked;
  const headers = new Headers();
  if (server.token !== null) {
    headers.set("authorization", `Bearer ${server.token}`);
  }
  if (content) headers.set("content-type", "application/json");
  const request = new Request(new URL(path, server.localUrl), {
    headers,
    ...(content && { method: "POST", body: JSON.stringify(content) }),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  try {
    const response = await io.fetch(request);
    const { ok, status } = response;
    const body = readJson(await response.text());
    const message = isJsonObject(body) && typeof body.message === "string"
      ? body.message
      : "and is not persona-inbox, or is another version";
    return { ok, status, body, message };
  } catch (error) {
    throw noAnswer(error, asked, request.url);
  }
}

/** The error without an answer: what was sent may be done, in part or in full. */
function noAnswer(
  error: unknown,
  { command, content = { dryRun: true }, hint, repeatNote = "" }: ServerRequest,
  url: string,
): InboxError {
  const { kind } = whyNoAnswer(error);
  const isAct = !("dryRun" in content && content.dryRun === true);
  const again = isAct
    ? `It may have been done, in part or in full: run it again${repeatNote}`
    : "Run it again";
  const [fact, remedy] = {
    unreachable: [
      `no answer from the server at ${url}`,
      hint ?? "Is it running on this machine?",
    ],
    cut: [`the server at ${url} went away before it answered`, again],
    late: [
      `no answer from the server at ${url} within ${TIMEOUT_MS / 1_000} s`,
      `It may still be at it: see its log. ${again}`,
    ],
  }[kind];
  return new InboxError(`Cannot ${command}: ${fact}`, remedy!, {
    cause: error,
  });
}

/**
 * The error that a refusal amounts to.
 *
 * @param options The command, and what to do if nothing else is known.
 */
export function refusalOf(
  { status, message }: ServerAnswer,
  { command, hint = "See the log of the server" }: Pick<
    ServerRequest,
    "command" | "hint"
  >,
): InboxError | UsageError {
  // The token is one of the server's, and its role does not permit this.
  const [, needs] = /(needs a token with the role .*)/.exec(message) ?? [];
  if (status === 403 && needs !== undefined) {
    return new InboxError(
      `Cannot ${command}: it ${needs}`,
      "Set INBOX_ADMIN_TOKEN to a token with that role, in the environment or .env",
    );
  }
  const [, end] = /^Cannot answer: (the server is stopping.*)/.exec(message) ??
    [];
  if (end !== undefined) {
    return new InboxError(`Cannot ${command}: ${end}`, "Run it again");
  }
  if (status === 401 || status === 403) {
    return new InboxError(
      `Cannot ${command}: the server refuses this command, it answered ${status}`,
      "Set INBOX_ADMIN_TOKEN to the server's token, in the environment or .env",
    );
  }
  // It would be the same without the server.
  if (status === 409 && /^(?:Cannot|Nothing) /.test(message)) {
    return new InboxError(message, "");
  }
  const isFault = status === 400 &&
    /^(?:Cannot|Nothing|Unknown) /.test(message);
  if (isFault || message.startsWith("Unknown destination ")) {
    return new UsageError([message]);
  }
  return new InboxError(
    message.startsWith("Cannot ")
      ? message
      : `Cannot ${command}: the server answered ${status}, ${message}`,
    hint,
  );
}

function readJson(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
