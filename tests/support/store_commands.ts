/**
 * What the state machine of stores does: writes made at once, by any client, with a crash
 * in the middle; closing and opening again; and looking at everything.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { EventFilter } from "../../lib/store/event_filter.ts";
import type { AttemptRecord, DispatchKey } from "../../lib/store/outbox.ts";
import type { Requeue } from "../../lib/store/store.ts";
import { attempt } from "./attempts.ts";
import { delivery } from "./deliveries.ts";
import {
  dispatchName,
  type DispatchWrite,
  type Issued,
  type IssuedDelivery,
} from "./store_outcomes.ts";
import { LostAnswer } from "./store_process.ts";
import { pendingOf, type RigClient, type StoreRig } from "./store_rig.ts";

export const DESTINATIONS = ["a", "b"] as const;
const OBJECTS = ["inq_1", "inq_2", null] as const;
export const RECORDED = ["done", "done", "dead", "pending", "ignored"] as const;

/** A delivery: of which event, with which body, to where. */
export interface AcceptOp {
  readonly kind: "accept";
  readonly client: number;
  readonly event: number;
  readonly variant: number;
  readonly destinations: readonly string[];
}

/** A requeue: of events by their place among those that are there, or of none. */
export interface RequeueOp {
  readonly kind: "requeue";
  readonly client: number;
  readonly keys: readonly {
    readonly event: number;
    readonly destination: string;
  }[];
  readonly dueAtMs: number;
  readonly onlyUnfinished: boolean;
}

/** An attempt, at the dispatch of that place among those that are there. */
export interface RecordOp {
  readonly kind: "record";
  readonly client: number;
  readonly dispatch: number;
  readonly status: (typeof RECORDED)[number];
  /** It replaces the last one. */
  readonly isRepeat: boolean;
  /** It began before the last replay. */
  readonly isOld: boolean;
  /** It has only begun. */
  readonly isUnfinished: boolean;
}

/** All followers of a client read a page further. */
export interface ReadOp {
  readonly kind: "read";
  readonly client: number;
}

export type StoreOp = AcceptOp | RequeueOp | RecordOp | ReadOp;

/** Operations at once. */
export interface Step {
  readonly ops: readonly StoreOp[];
  /** The client that is killed meanwhile. */
  readonly crash: number | undefined;
  readonly crashAfterMs: number;
}

/** Writes of one step, and what came of them. */
class StepWrites {
  readonly deliveries = new Map<string, IssuedDelivery[]>();
  readonly dispatches = new Map<
    string,
    { key: DispatchKey; issued: Issued<DispatchWrite>[] }
  >();

  add(key: DispatchKey, write: DispatchWrite, isCertain: boolean): void {
    const name = dispatchName(key);
    const known = this.dispatches.get(name) ?? { key, issued: [] };
    this.dispatches.set(name, known);
    known.issued.push({ write, isCertain });
  }
}

let written = 0;

/** Does all at once, and compares what came of it. */
export async function runStep(rig: StoreRig, step: Step): Promise<void> {
  const writes = new StepWrites();
  const plans: (() => Promise<void>)[] = [];
  const recorded = new Set<string>();
  for (const op of step.ops) {
    const plan = op.kind === "record"
      ? await planRecord(rig, op, recorded)
      : (writes: StepWrites) => issue(rig, op, writes);
    if (plan) plans.push(() => plan(writes));
  }
  const issued = plans.map((plan) => plan());
  if (step.crash !== undefined) {
    const client = rig.client(step.crash);
    await new Promise((resolve) => setTimeout(resolve, step.crashAfterMs));
    await rig.kill(client);
    await Promise.all(issued);
    await rig.restart(client);
  }
  await Promise.all(issued);
  await settle(rig, writes);
}

async function issue(
  rig: StoreRig,
  op: Exclude<StoreOp, RecordOp>,
  writes: StepWrites,
): Promise<void> {
  const client = rig.client(op.client);
  if (op.kind === "accept") await accept(client, op, writes);
  else if (op.kind === "requeue") await requeue(rig, client, op, writes);
  else {
    for (const follower of client.followers) {
      await answered(() => rig.readOn(client, follower));
    }
  }
}

async function accept(
  { process }: RigClient,
  { event, variant, destinations }: AcceptOp,
  writes: StepWrites,
): Promise<void> {
  const id = `evt_${event}`;
  const one = delivery(id, {
    name: `inquiry.variant-${++written}`,
    objectId: OBJECTS[event % OBJECTS.length]!,
    createdAtMs: event % 5 === 4 ? null : (event * 7) % 4,
    receivedAtMs: 1_000 + written,
    body: new Uint8Array(variant === 0 ? 9 : 70_000).fill(variant),
  });
  const known = writes.deliveries.get(id) ?? [];
  writes.deliveries.set(id, known);
  const result = await answered(() => process.store.accept(one, destinations));
  if (result && !result.ok) throw new Error(`refused: ${result.reason}`);
  known.push({
    delivery: one,
    destinations,
    duplicate: result?.duplicate,
    differs: result?.differs === true,
  });
}

async function requeue(
  rig: StoreRig,
  { process }: RigClient,
  { keys: places, dueAtMs, onlyUnfinished }: RequeueOp,
  writes: StepWrites,
): Promise<void> {
  const seqs = [...rig.events.values()].map(({ seq }) => seq);
  const keys = places.map(({ event, destination }) => ({
    seq: seqs[event] ?? 1_000_000 + event,
    destination,
  }));
  const request: Requeue = { keys, dueAtMs, onlyUnfinished };
  const isDurable = await answered(() => process.store.requeue(request));
  if (isDurable === false) throw new Error("refused to requeue");
  for (const key of keys) {
    if (key.seq >= 1_000_000) continue;
    const write = { kind: "requeue", requeue: request } as const;
    writes.add(key, write, isDurable === true);
  }
}

/** Chooses a dispatch and loads it, as a dispatcher does; undefined if there is none. */
async function planRecord(
  rig: StoreRig,
  op: RecordOp,
  taken: Set<string>,
): Promise<((writes: StepWrites) => Promise<void>) | undefined> {
  const names = [...rig.dispatches.keys()].filter((name) => !taken.has(name));
  const name = names[op.dispatch % names.length];
  if (name === undefined) return undefined;
  taken.add(name);
  const [seqText, destination = ""] = name.split(" ");
  const seq = Number(seqText);
  const dispatch = pendingOf(
    rig.eventAt(seq)!,
    rig.stateOf({ seq, destination })!,
  );
  const client = rig.client(op.client);
  const server = await rig.serverOf(destination, { dispatch, client });
  if (!server) return undefined;
  const outbox = await server.process.outbox(destination);
  const [found] = await outbox.pending({ afterSeq: seq - 1, limit: 1 });
  const loaded = await outbox.load(dispatch);
  // What was handed over to the other client meanwhile is not shown here any more.
  if (!await server.process.canBegin(destination, dispatch)) return undefined;
  const isPending = found?.seq === seq;
  if (isPending) rig.settlePending(destination, found);
  const state = rig.stateOf({ seq, destination })!;
  assertEquals(isPending, state.status === "pending", name);
  assertEquals(loaded !== undefined, isPending, name);
  if (loaded) {
    const isStale = rig.isStale({ seq, destination });
    const { id, name: eventName } = rig.eventAt(seq)!.delivery;
    const { eventId, body } = loaded;
    assertEquals({
      eventId,
      eventName: loaded.eventName,
      isStale: loaded.isStale,
    }, {
      eventId: id,
      eventName,
      isStale,
    }, name);
    assertEquals(body.length, rig.eventAt(seq)!.delivery.body.length);
  }
  const current = pendingOf(rig.eventAt(seq)!, state);
  const record = recordOf(op, { ...current, destination });
  return async (writes) => {
    const isDurable = await answered(() => outbox.record(record));
    if (isDurable === false) throw new Error("refused to record");
    writes.add(record, { kind: "record", record }, isDurable === true);
  };
}

function recordOf(
  { status, isRepeat, isOld, isUnfinished }: RecordOp,
  dispatch: ReturnType<typeof pendingOf> & DispatchKey,
): AttemptRecord {
  const { objectId, orderMs, attempts, replays } = dispatch;
  const id = ++written;
  return attempt(dispatch, {
    objectId,
    orderMs,
    number: isRepeat && attempts > 0 ? attempts : attempts + 1,
    startedAtMs: 10_000 + id,
    durationMs: id % 7,
    outcome: isUnfinished ? "unfinished" : status === "done" ? "ok" : "status",
    code: status === "done" ? 200 : null,
    output: `attempt ${id}`,
    status,
    dueAtMs: 20_000 + id,
    failures: id % 3,
    replays: isOld && replays > 0 ? replays - 1 : replays,
  });
}

async function settle(rig: StoreRig, writes: StepWrites): Promise<void> {
  const { reader } = rig.client(0).process;
  const last = Math.max(0, ...[...rig.events.values()].map(({ seq }) => seq));
  for (const [id, issued] of writes.deliveries) {
    const isNew = !rig.events.has(id);
    const stored = await reader.get(id);
    rig.settleEvent(id, issued, stored);
    if (isNew && stored) assert(stored.row.seq > last, "seq only grows");
  }
  for (const { key, issued } of writes.dispatches.values()) {
    const stored = await reader.get(rig.eventAt(key.seq)!.delivery.id);
    assert(stored, `lost: ${key.seq}`);
    rig.settleDispatch(key, issued, stored);
  }
}

/** What a client says; undefined if it ends before. */
async function answered<Value>(
  call: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof LostAnswer) return undefined;
    throw error;
  }
}

/** Compares all that a client shows with the model. */
export async function checkAll(
  rig: StoreRig,
  client: RigClient,
  filter: Omit<EventFilter, "limit">,
): Promise<void> {
  await checkEvents(rig, client);
  await checkList(rig, client, filter);
  await checkPending(rig, client);
  for (const follower of client.followers) {
    while (await rig.readOn(client, follower)) { /* until the end */ }
    const seqs = [...rig.events.values()].map(({ seq }) => seq)
      .filter((seq) => seq > follower.from.seq).sort((a, b) => a - b);
    assertEquals(follower.seqs, seqs, "events in the order of commits");
    const starts = [...rig.starts()]
      .filter(([, startedAtMs]) => !follower.earlier.has(startedAtMs));
    for (const [name, startedAtMs] of starts) {
      assertEquals(follower.starts.get(name), startedAtMs, `attempt ${name}`);
    }
  }
}

async function checkEvents(
  rig: StoreRig,
  { process: { reader } }: RigClient,
): Promise<void> {
  const seqs = [...rig.events.values()].map(({ seq }) => seq);
  const states = await reader.dispatches(seqs);
  for (const [id, { seq, delivery, ...counts }] of rig.events) {
    const stored = await reader.get(id);
    assert(stored, `lost: ${id}`);
    const { contentType, body, ...fields } = delivery;
    const status = statusOf(rig, seq);
    assertEquals(stored.row, { ...fields, ...counts, seq, status });
    assertEquals(stored.contentType, contentType);
    assert(stored.body.every((byte, i) => byte === body[i]), "another body");
    for (const { destination } of stored.dispatches) {
      rig.settleDispatch({ seq, destination }, [], stored);
    }
    const seen = stored.dispatches.map(({ attempts: _, ...state }) => state);
    assertEquals(states.get(seq) ?? [], seen);
    const known = DESTINATIONS.filter((destination) =>
      rig.stateOf({ seq, destination })
    );
    assertEquals(seen.map(({ destination }) => destination), known);
  }
}

async function checkList(
  rig: StoreRig,
  { process: { reader } }: RigClient,
  filter: Omit<EventFilter, "limit">,
): Promise<void> {
  const { status, destination, objectId, beforeSeq = Infinity } = filter;
  const expected = [...rig.events.values()].filter(({ seq, delivery }) =>
    seq < beforeSeq &&
    (objectId === undefined || delivery.objectId === objectId) &&
    (destination === undefined || rig.stateOf({ seq, destination })) &&
    (status === undefined || statusOf(rig, seq, destination) === status)
  ).sort((a, b) => b.seq - a.seq).map(({ delivery }) => delivery.id);
  const rows = await reader.list({ ...filter, limit: 3 });
  assertEquals(rows.map(({ id }) => id), expected.slice(0, 3));
  const all = await reader.list({ ...filter, limit: 100 });
  assertEquals(all.map(({ id }) => id), expected);
}

async function checkPending(rig: StoreRig, client: RigClient): Promise<void> {
  const { reader, outboxes, held } = client.process;
  const counts: Record<string, { pending: number; dead: number }> = {};
  for (const [name, [state]] of rig.dispatches) {
    const [, destination = ""] = name.split(" ");
    const count = counts[destination] ??= { pending: 0, dead: 0 };
    if (state!.status === "pending") count.pending++;
    if (state!.status === "dead") count.dead++;
  }
  const unfinished = Object.entries(counts).filter(([, { pending, dead }]) =>
    pending + dead > 0
  ).sort();
  const totals = await reader.totals();
  assertEquals(totals.events, rig.events.size);
  const found = totals.destinations.map(({ destination, pending, dead }) =>
    [destination, { pending, dead }] as const
  );
  assertEquals(found, unfinished);
  const pending = unfinished.map(([name, { pending }]) => [name, pending])
    .filter(([, count]) => count !== 0);
  assertEquals([...await outboxes.pendingCounts()].sort(), pending);
  for (const destination of held) {
    const outbox = await client.process.outbox(destination);
    const all = await outbox.pending({ afterSeq: 0, limit: 100 });
    for (const one of all) rig.settlePending(destination, one);
    const count = counts[destination]?.pending ?? 0;
    if (rig.clients.length === 1) assertEquals(all.length, count, destination);
    else assert(all.length <= count, `${all.length} of ${count}`);
    const seqs = all.map(({ seq }) => seq);
    assertEquals(seqs, seqs.toSorted((a, b) => a - b));
  }
}

function statusOf(rig: StoreRig, seq: number, destination?: string) {
  const statuses = DESTINATIONS.filter((one) =>
    destination === undefined || one === destination
  ).map((one) => rig.stateOf({ seq, destination: one })?.status);
  return (["dead", "pending", "done"] as const).find((status) =>
    statuses.includes(status)
  ) ?? "none";
}
