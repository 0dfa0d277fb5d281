import {
  dispatchFields,
  eventFields,
  revealDetail,
  type ShowOptions,
  storedEventJson,
} from "../views/event_json.ts";
import { toLoggable } from "../log.ts";
import { permits } from "../config/admin_tokens.ts";
import { parseEvent } from "../persona/event.ts";
import { isJsonObject } from "../json/json.ts";
import { maskPayload } from "../persona/mask.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type {
  EventReader,
  EventRow,
  StoredEvent,
} from "../store/event_reader.ts";
import type { ListRequest } from "../store/event_filter.ts";
import { resolveConditions } from "../store/resolve_ids.ts";
import { withReference } from "../store/find_linked.ts";
import type { EventPage, InboxObject, Row } from "../views/api_types.ts";
import { holdsOf } from "../views/hold_info.ts";
import { cursorOf, readEventQuery } from "./event_query.ts";
import {
  JSON_HEADERS,
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
  respondJson,
} from "./local_call.ts";
import { respond } from "./respond.ts";
import { readReveal, REVEALS } from "./reveal_query.ts";

/** The most events shown of an object. */
const OBJECT_EVENTS_MAX = 1_000;

/** The most bodies searched for the object's status. */
const STATUS_BODIES_MAX = 10;

/**
 * `GET /api/events`, with the filters of `persona-inbox events`. A response has at most
 * 1000 events, whatever `limit` is; `cursor` is the next page, null at the end.
 */
export const listEvents: LocalHandler = async (call, { reader, clock }) => {
  const faults: string[] = [];
  const options = { nowMs: clock.nowMs(), faults };
  const request = readEventQuery(call.url.searchParams, options);
  if (faults.length > 0) return respondFaults(faults, call);
  return respondJson(await readPage(request, reader));
};

/**
 * Reads a page of events with their dispatches.
 *
 * @param request Which events; its limit is the length of the page.
 * @returns The page, and the cursor of the next; null at the end.
 * @throws {StoreError} If the store cannot be read.
 * @throws {UsageError} If several objects have the beginning of an id that was given.
 */
export async function readPage(
  request: ListRequest,
  reader: EventReader,
): Promise<EventPage> {
  const { limit } = request;
  const resolved = await resolveConditions(request, reader);
  const { filter, unsearched } = await withReference(resolved, reader);
  // One more shows whether there is a next page.
  const rows = await reader.list({ ...filter, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    events: await withDispatches(page, reader),
    cursor: last ? cursorOf(last.seq) : null,
    ...(unsearched > 0 && { unsearched }),
  };
}

/** `GET /api/events/{id}` */
export const showEvent: LocalHandler = async (call, deps) => {
  const { reader, clock } = deps;
  const { id, requestId } = call;
  const asked = readReveal(call.url);
  if (!asked) {
    const fault = `Cannot show event as the only parameter must be ${REVEALS}`;
    return respondFaults([fault], call);
  }
  const stored = await reader.get(id);
  if (!stored) return respond(404, "No such event", { requestId });
  if (asked.reveal) await recordReveal(call, deps, asked);
  const reveal = asked.reveal || isRevealing(call, deps);
  const { objectId } = stored.row;
  const text = storedEventJson(stored, { ...asked, reveal }, {
    holds: await holdsOf(objectId, { reader, nowMs: clock.nowMs() }),
    missedBy: missedByOf(stored, deps),
  });
  return new Response(text, { headers: JSON_HEADERS });
};

/** Leaves out where it was dispatched, which says more than the current settings. */
function missedByOf(
  { row, body, dispatches }: StoredEvent,
  { missedBy }: LocalDeps,
) {
  if (isUnrecognized(row)) return [];
  const names = dispatches.map(({ destination }) => destination);
  return missedBy(row, body)
    .filter(({ destination }) => !names.includes(destination))
    .map((missed) => ({ ...missed }));
}

/** Records a reveal, before anything is shown. */
export async function recordReveal(
  { client, id, requestId }: LocalCall,
  { audit, logger }: LocalDeps,
  asked: ShowOptions,
): Promise<void> {
  const act = { act: "reveal", subject: id } as const;
  await audit({ ...act, detail: revealDetail(asked), by: client.name });
  logger.log({ msg: "revealed", requestId, eventId: toLoggable(id) });
}

/** Returns whether payloads are shown unmasked by default, to who may see them. */
export function isRevealing(
  { client }: LocalCall,
  { isRevealing = false }: LocalDeps,
): boolean {
  return isRevealing && permits(client.role, "reveal");
}

/** `GET /api/objects/{id}` */
export const showObject: LocalHandler = async (call, { reader, clock }) => {
  const { id, requestId } = call;
  const rows = await reader.list({ objectId: id, limit: OBJECT_EVENTS_MAX });
  if (rows.length === 0) return respond(404, "No such object", { requestId });
  const inOrder = rows.toSorted((a, b) =>
    orderOf(a) - orderOf(b) || a.seq - b.seq
  );
  const object: InboxObject = {
    id,
    type: inOrder.at(-1)?.objectType ?? null,
    status: await latestStatus(inOrder, reader),
    holds: await holdsOf(id, { reader, nowMs: clock.nowMs() }),
    events: await withDispatches(inOrder, reader),
  };
  return respondJson(object);
};

/** The position of an event in its lane. */
function orderOf({ createdAtMs, receivedAtMs }: EventRow): number {
  return createdAtMs ?? receivedAtMs;
}

async function withDispatches(
  rows: readonly EventRow[],
  reader: EventReader,
): Promise<Row[]> {
  const states = await reader.dispatches(rows.map(({ seq }) => seq));
  return rows.map((row) => ({
    ...eventFields(row),
    dispatches: (states.get(row.seq) ?? []).map(dispatchFields),
  }));
}

/** The status in the latest event that has one; masked, in case it is free text. */
async function latestStatus(
  inOrder: readonly EventRow[],
  reader: EventReader,
): Promise<string | null> {
  for (const { id } of inOrder.slice(-STATUS_BODIES_MAX).reverse()) {
    const stored = await reader.get(id);
    const parsed = stored && parseEvent(stored.body);
    const attributes = parsed?.ok ? parsed.event.object?.attributes : null;
    const { status } = { status: null, ...attributes };
    if (typeof status !== "string") continue;
    const masked = maskPayload({ status });
    return isJsonObject(masked) ? String(masked.status) : null;
  }
  return null;
}
