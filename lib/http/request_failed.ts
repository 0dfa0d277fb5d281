import { type Logger, toLoggable } from "../log.ts";
import { respond } from "./respond.ts";

/** Logs what a handler threw, without its message, and responds with 500. */
export function requestFailed(
  error: unknown,
  logger: Logger,
  requestId: string,
): Response {
  const name = error instanceof Error ? error.name : "Unknown";
  logger.log({ msg: "request failed", requestId, error: toLoggable(name) });
  return respond(500, "Internal error", { requestId });
}
