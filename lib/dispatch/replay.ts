/**
 * Dispatches events again: what was lost on the other side, what was given up, or
 * what came in before its destination was in the settings.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { StoreError } from "../errors.ts";
import type {
  DispatchKey,
  EventReader,
  EventRow,
  ReplayRequest,
  ReplayResult,
  Store,
} from "../store/store.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** How many events are looked at, and how many dispatches written, at once. */
const PAGE = 1_000;

/** What a replay works with. */
export interface ReplayDeps {
  readonly reader: EventReader;
  readonly store: Store;
  readonly subscriptions: Subscriptions;
  /** Names of all destinations. */
  readonly destinations: readonly string[];
  /** Called once all is stored, with the first event of the replay. */
  readonly wake: (fromSeq: number) => void;
  readonly clock: Clock;
}

/** What is to be dispatched again. */
export interface ReplayPlan extends ReplayResult {
  readonly keys: readonly DispatchKey[];
}

/**
 * Finds what a request is about.
 *
 * @param request Which events.
 * @param deps The store and the destinations.
 * @returns The dispatches; an event that no destination wants is not counted.
 * @throws {StoreError} When the store cannot be read.
 */
export async function planReplay(
  request: ReplayRequest,
  deps: Omit<ReplayDeps, "store" | "wake" | "clock">,
): Promise<ReplayPlan> {
  const { isDead = false, destination, ...filter } = request;
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
    const targets = isDead
      ? await deadOf(page, deps)
      : await wanted(page, deps);
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
  return { events, dispatches: keys.length, keys, unknownIds };
}

/** Which ids are not in the store: others may be there and just not match. */
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
 * Carries out a plan. The events go out in created-at order, whatever the order in
 * which they are stored here: all of them are due at the same moment.
 *
 * @param plan What to dispatch again.
 * @param deps The store, the clock and who is to be woken.
 * @throws {StoreError} When it cannot be stored; a part of it may be, and goes out.
 */
export async function replay(
  { keys }: ReplayPlan,
  { store, clock, wake }: Pick<ReplayDeps, "store" | "clock" | "wake">,
): Promise<void> {
  const dueAtMs = clock.nowMs();
  let stored = 0;
  try {
    for (; stored < keys.length; stored += PAGE) {
      const page = keys.slice(stored, stored + PAGE);
      if (await store.requeue({ keys: page, dueAtMs })) continue;
      throw new StoreError(
        "Cannot replay as the store must take it",
        "Look into the log of the server, then replay again",
      );
    }
  } finally {
    const seqs = keys.slice(0, stored).map(({ seq }) => seq);
    const first = seqs.reduce((least, seq) => Math.min(least, seq), Infinity);
    if (stored > 0) wake(first);
  }
}

type Targets = ReadonlyMap<number, readonly string[]>;

/** Where the events of a page were given up. */
async function deadOf(
  page: readonly EventRow[],
  { reader, destinations }: Pick<ReplayDeps, "reader" | "destinations">,
): Promise<Targets> {
  const dispatches = await reader.dispatches(page.map(({ seq }) => seq));
  const targets = new Map<number, readonly string[]>();
  for (const [seq, states] of dispatches) {
    const dead = states.filter((state) =>
      state.status === "dead" && destinations.includes(state.destination)
    );
    targets.set(seq, dead.map((state) => state.destination));
  }
  return targets;
}

/** Who wants the events of a page. */
async function wanted(
  page: readonly EventRow[],
  { reader, subscriptions }: Pick<ReplayDeps, "reader" | "subscriptions">,
): Promise<Targets> {
  const targets = new Map<number, readonly string[]>();
  for (const row of page) {
    const stored = subscriptions.needsBody(row)
      ? await reader.get(row.id)
      : undefined;
    const body = stored?.body ?? new Uint8Array();
    targets.set(row.seq, subscriptions.destinationsFor(row, body));
  }
  return targets;
}
