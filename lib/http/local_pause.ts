// Routes of the local listener that pause and resume a destination.

import { audited } from "../store/audited.ts";
import { pausedText } from "../views/pause_text.ts";
import { unknownDestination } from "../views/unknown_destination.ts";
import type { PauseResult } from "../views/api_types.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondJson,
} from "./local_call.ts";
import { respond } from "./respond.ts";

/** `POST /api/destinations/{name}/pause` */
export const pauseDestination: LocalHandler = (call, deps) =>
  setPause(call, deps, deps.clock.nowMs());

/** `POST /api/destinations/{name}/resume` */
export const resumeDestination: LocalHandler = (call, deps) =>
  setPause(call, deps, null);

async function setPause(
  { id: destination, requestId, client }: LocalCall,
  { destinations, reader, setPause, audit }: LocalDeps,
  sinceMs: number | null,
): Promise<Response> {
  const names = destinations.map(({ name }) => name);
  // One that is no longer in the settings can still be resumed.
  const paused = sinceMs === null ? await reader.pauses() : [];
  const known = [...names, ...paused.map(({ destination }) => destination)];
  if (!known.includes(destination)) {
    const message = unknownDestination(destination, names);
    return respond(404, message, { requestId });
  }
  const act = sinceMs === null ? "resume" : "pause";
  const entry = {
    act,
    by: client.name,
    subject: destination,
    detail: null,
  } as const;
  const pause = () => setPause(destination, sinceMs);
  if (!await audited(pause, { audit, entry })) {
    return respond(503, "Cannot store this: the store fails", { requestId });
  }
  const isPaused = sinceMs !== null;
  const result: PauseResult = {
    success: true,
    message: pausedText(destination, isPaused),
    destination,
    paused: isPaused,
  };
  return respondJson(result);
}
