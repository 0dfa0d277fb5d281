/**
 * The contract of stores as a model that knows no time: what an event and its dispatches
 * may be once some writes were made at once, some of them without an answer.
 *
 * @module
 */

import type {
  AttemptRecord,
  DispatchKey,
  DispatchStatus,
} from "../../lib/store/outbox.ts";
import type { Delivery, Requeue } from "../../lib/store/store.ts";

/** A dispatch of the model. */
export interface ModelDispatch {
  readonly status: DispatchStatus;
  readonly dueAtMs: number;
  readonly attempts: number;
  readonly failures: number;
  readonly replays: number;
  /** In the order of recording. */
  readonly records: readonly AttemptRecord[];
}

/** An event of the model. */
export interface ModelEvent {
  readonly delivery: Delivery;
  readonly duplicates: number;
  readonly duplicatesDiffering: number;
}

/** A write to a dispatch. */
export type DispatchWrite =
  | { readonly kind: "record"; readonly record: AttemptRecord }
  | { readonly kind: "requeue"; readonly requeue: Requeue };

/** A write, and whether it was acknowledged: otherwise it may not have happened. */
export interface Issued<Write> {
  readonly write: Write;
  readonly isCertain: boolean;
}

/** A delivery, and what the store said; undefined if nothing. */
export interface IssuedDelivery {
  readonly delivery: Delivery;
  readonly destinations: readonly string[];
  readonly duplicate: boolean | undefined;
  readonly differs: boolean;
}

/**
 * Returns each state that a dispatch may have after writes in any order.
 *
 * @param before Its state; undefined if there is none.
 * @param issued The writes, a few at most.
 * @returns The states.
 */
export function dispatchOutcomes(
  before: ModelDispatch | undefined,
  issued: readonly Issued<DispatchWrite>[],
): (ModelDispatch | undefined)[] {
  const states = issued.some(({ isCertain }) => isCertain) ? [] : [before];
  for (const [i, one] of issued.entries()) {
    const others = issued.toSpliced(i, 1);
    states.push(...dispatchOutcomes(apply(before, one.write), others));
  }
  return states;
}

function apply(
  before: ModelDispatch | undefined,
  write: DispatchWrite,
): ModelDispatch | undefined {
  return write.kind === "record"
    ? before && recorded(before, write.record)
    : requeued(before, write.requeue);
}

function recorded(before: ModelDispatch, record: AttemptRecord): ModelDispatch {
  const { number, status, dueAtMs, failures } = record;
  const records = before.records.filter((one) => one.number !== number);
  const isCurrent = record.replays === before.replays;
  return {
    ...before,
    ...(isCurrent && { status, dueAtMs, failures }),
    attempts: number,
    records: [...records, record],
  };
}

function requeued(
  before: ModelDispatch | undefined,
  { dueAtMs, onlyUnfinished }: Requeue,
): ModelDispatch | undefined {
  const fresh = { attempts: 0, failures: 0, replays: 0, records: [] };
  const pending = { status: "pending", dueAtMs } as const;
  if (!before) return onlyUnfinished ? undefined : { ...fresh, ...pending };
  if (onlyUnfinished && before.status === "done") return before;
  const isReplay = !onlyUnfinished || before.status === "dead";
  const replays = before.replays + (isReplay ? 1 : 0);
  return { ...before, ...pending, failures: 0, replays };
}

/** The names of a dispatch, for maps. */
export function dispatchName({ seq, destination }: DispatchKey): string {
  return `${seq} ${destination}`;
}

/**
 * Returns whether an event may be what it is after deliveries of its id in any order.
 *
 * @param before The event before; undefined if there was none.
 * @param issued The deliveries.
 * @param after The event now; undefined if there is none.
 * @returns What is wrong; undefined if nothing.
 */
export function faultOfDeliveries(
  before: ModelEvent | undefined,
  issued: readonly IssuedDelivery[],
  after: ModelEvent | undefined,
): string | undefined {
  const certain = issued.filter(({ duplicate }) => duplicate !== undefined);
  const stored = certain.filter(({ duplicate }) => duplicate === false);
  if (stored.length > (before ? 0 : 1)) return "stored twice";
  if (!after) return before || certain.length > 0 ? "lost" : undefined;
  const isLost = (one: IssuedDelivery) => one.duplicate === undefined;
  const first = before?.delivery ?? stored[0]?.delivery;
  if (!before && !first && !issued.some(isLost)) return "stored by nobody";
  const isOther = ({ delivery }: IssuedDelivery) =>
    !areEqual(delivery.body, after.delivery.body);
  if (first && !areEqual(first.body, after.delivery.body)) {
    return "another body than that of the first copy";
  }
  for (const one of certain) {
    if (one.duplicate && one.differs !== isOther(one)) {
      return "a wrong word on whether a copy differs";
    }
  }
  return faultOfCounts(before, after, {
    least: certain.filter(({ duplicate }) => duplicate),
    // One of them may be the first copy, which is no duplicate.
    most: issued.filter((one) => one !== stored[0]),
    isOther,
    isFirstLost: first === undefined,
  });
}

function faultOfCounts(
  before: ModelEvent | undefined,
  after: ModelEvent,
  { least, most, isOther, isFirstLost }: {
    least: readonly IssuedDelivery[];
    most: readonly IssuedDelivery[];
    isOther: (one: IssuedDelivery) => boolean;
    isFirstLost: boolean;
  },
): string | undefined {
  const counted = after.duplicates - (before?.duplicates ?? 0);
  const differing = after.duplicatesDiffering -
    (before?.duplicatesDiffering ?? 0);
  const highest = most.length - (isFirstLost ? 1 : 0);
  if (counted < least.length || counted > highest) {
    return `${counted} copies counted, not ${least.length} to ${highest}`;
  }
  const other = [least, most].map((all) => all.filter(isOther).length);
  return differing < other[0]! || differing > other[1]!
    ? `${differing} differing copies, not ${other[0]} to ${other[1]}`
    : undefined;
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
