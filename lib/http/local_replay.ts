/**
 * Dispatching again by the local listener.
 *
 * @module
 */

import type { JsonValue } from "../persona/json.ts";
import type { ReplayResult } from "../store/store.ts";
import { readJsonBody } from "./json_body.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
  respondJson,
} from "./local_call.ts";
import {
  readReplayDestination,
  readReplayQuery,
  type ReplayQueryOptions,
} from "./replay_query.ts";
import { respond } from "./respond.ts";

/** `POST /api/events/{id}/replay` */
export const replayEvent: LocalHandler = async (call, deps) => {
  const { id, requestId } = call;
  const to = await readQuery(call, deps, readReplayDestination);
  if (to instanceof Response) return to;
  const query = { ids: [id], ...to };
  const result = await deps.replay(query, { isDryRun: false });
  if (result.unknownIds.length > 0) {
    return respond(404, "No such event", { requestId });
  }
  if (result.dispatches === 0) {
    return respond(409, "Cannot replay as a destination must want the event", {
      requestId,
    });
  }
  const { events, dispatches } = result;
  const message = `Replaying ${countsText(result)}`;
  return respondJson({ success: true, message, events, dispatches }, 202);
};

/** `POST /api/replay` */
export const replayEvents: LocalHandler = async (call, deps) => {
  const read = await readQuery(call, deps, readReplayQuery);
  if (read instanceof Response) return read;
  const { isDryRun, ...query } = read;
  const result = await deps.replay(query, { isDryRun });
  const { events, dispatches, unknownIds } = result;
  const doing = isDryRun ? "Would replay" : "Replaying";
  const message = `${doing} ${countsText(result)}`;
  const body = { success: true, message, events, dispatches, unknownIds };
  return respondJson(body, isDryRun ? 200 : 202);
};

/** What a body asks for, or the answer to one that makes no sense. */
async function readQuery<Query extends object>(
  call: LocalCall,
  { clock, deadlines, destinations }: LocalDeps,
  read: (body: JsonValue | undefined, options: ReplayQueryOptions) => Query,
): Promise<Query | Response> {
  const body = await readJsonBody(call.request, deadlines);
  if (!body.ok) {
    const { status, message } = body.refusal;
    return respond(status, message, call);
  }
  const faults: string[] = [];
  const query = read(body.value, {
    nowMs: clock.nowMs(),
    destinations: destinations.map(({ name }) => name),
    faults,
  });
  return faults.length > 0 ? respondFaults(faults, call) : query;
}

function countsText({ events, dispatches }: ReplayResult): string {
  return `${plural(events, "event")} in ${plural(dispatches, "dispatch")}`;
}

function plural(count: number, noun: "event" | "dispatch"): string {
  const ending = noun === "event" ? "s" : "es";
  return `${count} ${noun}${count === 1 ? "" : ending}`;
}
