// Replays: pending and dead dispatches go out now. With `isAgain`, events also go where
// they succeeded, and to destinations added since they were received.

import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type { ReplayRequest, ReplayResult } from "../store/event_filter.ts";
import { isUnrecognized } from "../persona/unrecognized.ts";
import type { EventReader, EventRow } from "../store/event_reader.ts";
import type { DispatchKey } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Events read, and dispatches written, at once. */
const PAGE = 1_000;

/** Dependencies of a replay. */
export interface ReplayDeps {
  readonly reader: EventReader;
  readonly store: Pick<Store, "requeue">;
  readonly subscriptions: Subscriptions;
  /** Names of all destinations. */
  readonly destinations: readonly string[];
  readonly clock: Clock;
}

/**
 * Replays events, or only counts them.
 *
 * @returns The extent of the replay; events without a dispatch are not counted.
 * @throws {StoreError} If the store cannot be read or written.
 */
export type Replayer = (
  request: ReplayRequest,
  options?: { readonly isDryRun?: boolean },
) => Promise<ReplayResult>;

/** Creates a replayer. */
export function createReplayer(deps: ReplayDeps): Replayer {
  return async (request, { isDryRun = false } = {}) => {
    const { keys, ...extent } = await planReplay(request, deps);
    if (!isDryRun) await requeue(keys, request, deps);
    return extent;
  };
}

async function planReplay(
  request: ReplayRequest,
  deps: ReplayDeps,
): Promise<ReplayResult & { readonly keys: readonly DispatchKey[] }> {
  const { isDead = false, isAgain = false, destination, ...filter } = request;
  const keys: DispatchKey[] = [];
  const idsLeft = new Set(filter.ids);
  let events = 0;
  let page: readonly EventRow[] = [];
  do {
    const beforeSeq = page.at(-1)?.seq;
    page = await deps.reader.list({
      ...filter,
      ...(isDead && { status: "dead" as const }),
      ...(beforeSeq !== undefined && { beforeSeq }),
      limit: PAGE,
    });
    const unfinished = await unfinishedOf(page, isDead && !isAgain, deps);
    const targets = isAgain
      ? await withSubscribers(page, unfinished, deps)
      : unfinished;
    for (const { seq, id } of page) {
      idsLeft.delete(id);
      const names = (targets.get(seq) ?? []).filter((name) =>
        name === (destination ?? name)
      );
      if (names.length > 0) events++;
      keys.push(...names.map((name) => ({ seq, destination: name })));
    }
  } while (page.length === PAGE);
  const unknownIds = await missing([...idsLeft], deps.reader);
  const destinations = countsOf(keys, deps.destinations);
  const dispatches = keys.length;
  return { events, dispatches, destinations, unknownIds, keys };
}

function countsOf(
  keys: readonly DispatchKey[],
  names: readonly string[],
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    const { length } = keys.filter(({ destination }) => destination === name);
    if (length > 0) counts[name] = length;
  }
  return counts;
}

/** Returns the ids that are not in the store, unlike those that do not match. */
async function missing(
  ids: readonly string[],
  reader: EventReader,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await reader.list({ ids, limit: ids.length });
  const known = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/**
 * All dispatches are due at the same moment, so that they go out in created-at order, in
 * whatever order they are stored here. If that fails, a part may be stored, and goes out.
 */
async function requeue(
  keys: readonly DispatchKey[],
  { isAgain = false }: ReplayRequest,
  { store, clock }: ReplayDeps,
): Promise<void> {
  const dueAtMs = clock.nowMs();
  for (let stored = 0; stored < keys.length; stored += PAGE) {
    const page = keys.slice(stored, stored + PAGE);
    const requeue = { keys: page, dueAtMs, onlyUnfinished: !isAgain };
    if (await store.requeue(requeue)) continue;
    throw new StoreError(
      "Cannot replay: the store did not accept it",
      'See "store failed" in the log of the server, then replay again',
    );
  }
}

/** Names of destinations by event. */
type Targets = ReadonlyMap<number, readonly string[]>;

/** The configured destinations where the events of a page are pending or dead. */
async function unfinishedOf(
  page: readonly EventRow[],
  isDeadOnly: boolean,
  { reader, destinations }: Pick<ReplayDeps, "reader" | "destinations">,
): Promise<Targets> {
  const dispatches = await reader.dispatches(page.map(({ seq }) => seq));
  const targets = new Map<number, readonly string[]>();
  for (const [seq, states] of dispatches) {
    const unfinished = states.filter(({ status, destination }) =>
      (status === "dead" || status === "pending" && !isDeadOnly) &&
      destinations.includes(destination)
    );
    targets.set(seq, unfinished.map(({ destination }) => destination));
  }
  return targets;
}

/** Adds the destinations that subscribe to the events of a page now. */
async function withSubscribers(
  page: readonly EventRow[],
  unfinished: Targets,
  { reader, subscriptions }: Pick<ReplayDeps, "reader" | "subscriptions">,
): Promise<Targets> {
  const targets = new Map<number, readonly string[]>();
  for (const row of page) {
    if (isUnrecognized(row) || row.status === "erased") continue;
    const stored = subscriptions.needsBody(row)
      ? await reader.get(row.id)
      : undefined;
    const body = stored?.body ?? new Uint8Array();
    const subscribed = stored?.unreadable
      ? []
      : subscriptions.destinationsFor(row, body);
    const names = new Set([...subscribed, ...unfinished.get(row.seq) ?? []]);
    targets.set(row.seq, [...names]);
  }
  return targets;
}
