// An act on a store: whoever holds it does it, a server or else this process.

import { aloneInStore, type StoreParts } from "../app/alone_in_store.ts";
import type { Config } from "../config/settings.ts";
import { isJsonObject } from "../json/json.ts";
import { askServer, findServer, refusalOf } from "./ask_server.ts";
import type { Io } from "./io.ts";
import { withStderrLog } from "./stderr_logger.ts";

/** A command, and what it works with. */
export interface StoreJob {
  readonly command: string;
  readonly config: Config;
  readonly io: Io;
}

/** The ways of an act. */
export interface HolderActs<Result> {
  /** The path of the API that does it. */
  readonly path: string;
  readonly content: object;
  /** Does it in this process. */
  readonly here: () => Promise<Result>;
}

/**
 * Has the server that holds the store do something, or does it here.
 *
 * @returns The result; what a server answers is taken for one.
 * @throws {InboxError} If it cannot be done, or the server does not answer.
 * @throws {UsageError} If the server finds fault with the request.
 */
export async function byHolder<Result extends object>(
  { command, config, io }: StoreJob,
  { path, content, here }: HolderActs<Result>,
): Promise<Result> {
  const hint = `, or stop the server first: ${command} works without it`;
  const server = findServer(config, { command, hint });
  if (!server) return await here();
  const answer = await askServer({ command, path, content, server }, io);
  if (!answer.ok || !isJsonObject(answer.body)) {
    throw refusalOf(answer, { command });
  }
  const { success: _, message: __, ...result } = answer.body;
  return result as unknown as Result;
}

/**
 * Uses a store that no server holds, with a log on standard error.
 *
 * @throws {InboxError} As `use`, or if a server has the store.
 */
export function inOwnStore<Result>(
  { config, io }: Omit<StoreJob, "command">,
  use: (parts: StoreParts) => Promise<Result>,
): Promise<Result> {
  return withStderrLog(io, (logger) => aloneInStore(config, logger, use));
}
