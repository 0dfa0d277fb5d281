import { counted } from "../views/counted.ts";
import type { JsonValue } from "../json/json.ts";
import { resolveConditions } from "../store/resolve_ids.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import type { Replayed } from "../views/api_types.ts";
import { audited } from "../store/audited.ts";
import { readJsonBody } from "./json_body.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
  respondJson,
} from "./local_call.ts";
import {
  readEventReplay,
  readReplayQuery,
  type ReplayQueryOptions,
} from "./replay_query.ts";
import { shownUrl } from "../views/destination_info.ts";
import { replayEntry } from "../views/replay_entry.ts";
import { sentOnceText } from "../views/sent_once.ts";
import { refusalOf } from "./local_guard.ts";
import { respond } from "./respond.ts";

/** `POST /api/events/{id}/replay` */
export const replayEvent: LocalHandler = async (call, deps) => {
  const { id, requestId } = call;
  const read = await readQuery(call, deps, readEventReplay);
  if (read instanceof Response) return read;
  const { to, ...where } = read;
  if (to !== undefined) return await sendEventOnce(call, to, deps);
  const query = { ids: [id], ...where };
  const result = await replay(query, call, deps);
  if (result.unknownIds.length > 0) {
    return respond(404, "No such event", { requestId });
  }
  if (result.dispatches === 0) {
    return respond(409, read.isAgain ? NOWHERE : FINISHED, { requestId });
  }
  return respondReplayed(result, false);
};

/** `POST /api/replay` */
export const replayEvents: LocalHandler = async (call, deps) => {
  const read = await readQuery(call, deps, readReplayQuery);
  if (read instanceof Response) return read;
  const { isDryRun, ...asked } = read;
  const query = await resolveConditions(asked, deps.reader);
  const result = isDryRun
    ? await deps.replay(query, { isDryRun })
    : await replay(query, call, deps);
  return respondReplayed(result, isDryRun);
};

function replay(
  query: ReplayRequest,
  { client }: LocalCall,
  { replay, audit }: LocalDeps,
): Promise<ReplayResult> {
  return audited(() => replay(query, { isDryRun: false }), {
    audit,
    entry: { ...replayEntry(query), by: client.name },
    isDone: ({ dispatches }) => dispatches > 0,
  });
}

function respondReplayed(result: ReplayResult, isDryRun: boolean): Response {
  const doing = isDryRun ? "Would replay" : "Replaying";
  const message = `${doing} ${countsText(result)}`;
  const { events, dispatches, destinations, unknownIds } = result;
  const extent = { events, dispatches, destinations, unknownIds };
  const replayed: Replayed = { success: true, message, ...extent };
  return respondJson(replayed, isDryRun ? 200 : 202);
}

/** Responds with the result: 502 if the event was not accepted. */
async function sendEventOnce(
  { id, requestId, client }: LocalCall,
  url: string,
  deps: LocalDeps,
): Promise<Response> {
  // The receiver at that URL sees the payload.
  const refusal = refusalOf(client, "reveal");
  if (refusal) return respond(refusal.status, refusal.message, { requestId });
  const sent = await audited(() => deps.sendOnce(id, url), {
    audit: deps.audit,
    entry: { act: "send", by: client.name, subject: id, detail: shownUrl(url) },
    // What was refused there was sent.
    isDone: (sent) => sent !== undefined,
  });
  if (!sent) return respond(404, "No such event", { requestId });
  const { ok: success, ...rest } = sent;
  const answer = { success, message: sentOnceText(sent), ...rest };
  return respondJson(answer, success ? 200 : 502);
}

const NOWHERE = "Cannot replay: no destination receives this event";
const FINISHED =
  'Nothing to replay: no dispatch of this event is pending or dead. Send "again": true to deliver it again';

/** Reads a body; returns the response if it has faults. */
async function readQuery<Query extends object>(
  call: LocalCall,
  { clock, destinations, ...limits }: LocalDeps,
  read: (body: JsonValue | undefined, options: ReplayQueryOptions) => Query,
): Promise<Query | Response> {
  const body = await readJsonBody(call.request, limits);
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
  const extent = counted(dispatches, "dispatch", "dispatches");
  return `${counted(events, "event")} in ${extent}`;
}
