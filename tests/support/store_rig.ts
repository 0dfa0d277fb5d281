import { assert, assertEquals } from "@std/assert";
import {
  type Attempt,
  type DispatchKey,
  type DispatchStatus,
  type PendingDispatch,
  UNDATED_MS,
} from "../../lib/store/outbox.ts";
import type { Cursor, StoredEvent } from "../../lib/store/event_reader.ts";
import {
  dispatchName,
  dispatchOutcomes,
  type DispatchWrite,
  faultOfDeliveries,
  type Issued,
  type IssuedDelivery,
  type ModelDispatch,
  type ModelEvent,
} from "./store_outcomes.ts";
import { StoreProcess } from "./store_process.ts";

/** An event of the model, with its place. */
export interface KnownEvent extends ModelEvent {
  readonly seq: number;
}

/** Who reads on from a position, page by page, as a live stream does. */
export interface Follower {
  cursor: Cursor;
  readonly from: Cursor;
  readonly seqs: number[];
  /** When its attempts started, which tells all apart, by dispatch and number. */
  readonly starts: Map<string, number>;
  /** One page at a time. */
  isReading: boolean;
  /** The starts of attempts that were recorded before it began. */
  readonly earlier: ReadonlySet<number>;
}

/** One client of the store. */
export interface RigClient {
  process: StoreProcess;
  followers: Follower[];
}

/** A store that several processes use, and the model of what it holds. */
export class StoreRig {
  readonly url: string;
  readonly clients: RigClient[] = [];
  readonly events = new Map<string, KnownEvent>();
  /** Every state that a dispatch may have, as some of it cannot be seen. */
  readonly dispatches = new Map<string, ModelDispatch[]>();
  readonly #pool: StoreProcess[];

  /**
   * @param url Of the store.
   * @param pool Processes that have nothing open; gets back those that live at the end.
   */
  constructor(url: string, pool: StoreProcess[]) {
    this.url = url;
    this.#pool = pool;
  }

  async addClient(): Promise<void> {
    this.clients.push({ process: await this.#open(), followers: [] });
  }

  client(index: number): RigClient {
    return this.clients[index % this.clients.length]!;
  }

  /** Closes the store at one client and opens it again. */
  async reopen(client: RigClient): Promise<void> {
    assert(await client.process.close(), "it must close");
    await client.process.open(this.url);
  }

  /** Kills a client. */
  async kill({ process }: RigClient): Promise<void> {
    await process[Symbol.asyncDispose]();
  }

  /** Starts a client that was killed. */
  async restart(client: RigClient): Promise<void> {
    client.process = await this.#open();
  }

  async close(): Promise<void> {
    for (const client of this.clients) {
      await client.process.close();
      this.#pool.push(client.process);
    }
  }

  /** Ends all processes, however they are. */
  async abandon(): Promise<void> {
    for (const { process } of this.clients) {
      await process[Symbol.asyncDispose]();
    }
  }

  /**
   * Finds the client that serves a dispatch, after it was opened at one; undefined if
   * nobody does, as after a crash.
   */
  async serverOf(
    destination: string,
    { dispatch, client }: { dispatch: PendingDispatch; client: RigClient },
  ): Promise<RigClient | undefined> {
    await client.process.outbox(destination);
    for (const one of [client, ...this.clients]) {
      if (!one.process.held.has(destination)) continue;
      if (await one.process.canBegin(destination, dispatch)) return one;
    }
    return undefined;
  }

  /** Opens the outbox of a destination at a client, or closes it. */
  async toggle(destination: string, { process }: RigClient): Promise<void> {
    if (process.held.has(destination)) await process.closeOutbox(destination);
    else await process.outbox(destination);
  }

  /** The event at a place. */
  eventAt(seq: number): KnownEvent | undefined {
    return this.events.values().find((event) => event.seq === seq);
  }

  /** What can be seen of a dispatch. */
  stateOf(key: DispatchKey): ModelDispatch | undefined {
    return this.dispatches.get(dispatchName(key))?.[0];
  }

  /**
   * Takes over what the store made of deliveries of one id.
   *
   * @param id The id.
   * @param issued The deliveries.
   * @param stored What is there now.
   */
  settleEvent(
    id: string,
    issued: readonly IssuedDelivery[],
    stored: StoredEvent | undefined,
  ): void {
    const before = this.events.get(id);
    const after = stored && { ...modelOf(stored), seq: stored.row.seq };
    const fault = faultOfDeliveries(before, issued, after);
    assertEquals(fault, undefined, id);
    if (!after) return;
    if (before) assertEquals(after.seq, before.seq);
    else {
      const made = issued.filter(({ duplicate, delivery }) =>
        duplicate !== true && delivery.name === after.delivery.name
      );
      const names = stored.dispatches.map(({ destination }) => destination);
      const options = made.map(({ destinations }) => [...destinations].sort());
      assert(
        options.some((one) => `${one}` === `${names}`),
        `${id}: dispatches to ${names}, not ${options.join(" or ")}`,
      );
      for (const destination of names) {
        const name = dispatchName({ seq: after.seq, destination });
        const dueAtMs = after.delivery.receivedAtMs;
        const zero = { attempts: 0, failures: 0, replays: 0, records: [] };
        this.dispatches.set(name, [{ ...zero, status: "pending", dueAtMs }]);
      }
    }
    this.events.set(id, after);
  }

  /** Takes over what the store made of writes to one dispatch. */
  settleDispatch(
    key: DispatchKey,
    issued: readonly Issued<DispatchWrite>[],
    stored: StoredEvent,
  ): void {
    const name = dispatchName(key);
    const before = this.dispatches.get(name) ?? [undefined];
    const after = before.flatMap((one) => dispatchOutcomes(one, issued));
    const found = visibleOf(stored, key.destination);
    this.#narrow(name, after, (one) => areSame(visible(one), found), found);
  }

  /** Compares what an outbox says of a dispatch, which shows more than a reader. */
  settlePending(destination: string, found: PendingDispatch): void {
    const event = this.eventAt(found.seq);
    assert(event, `a dispatch of no event: ${found.seq}`);
    const name = dispatchName({ seq: found.seq, destination });
    const known = this.dispatches.get(name) ?? [];
    const isIt = (one: ModelDispatch | undefined) =>
      one !== undefined && areSame(pendingOf(event, one), found);
    this.#narrow(name, known, isIt, found);
  }

  /** Whether a newer event of the object is done there. */
  isStale({ seq, destination }: DispatchKey): boolean {
    const { objectId, createdAtMs } = this.eventAt(seq)!.delivery;
    if (objectId === null || createdAtMs === null) return false;
    return this.events.values().some(({ seq: other, delivery }) =>
      delivery.objectId === objectId && delivery.createdAtMs !== null &&
      this.stateOf({ seq: other, destination })?.status === "done" &&
      (delivery.createdAtMs > createdAtMs ||
        delivery.createdAtMs === createdAtMs && other > seq)
    );
  }

  /** When any attempt of the model started, by dispatch and number, if it has ended. */
  starts(): Map<string, number> {
    const starts = new Map<string, number>();
    for (const [name, [one]] of this.dispatches) {
      for (const { number, startedAtMs, outcome } of one!.records) {
        if (outcome === "unfinished") continue;
        starts.set(`${name} ${number}`, startedAtMs);
      }
    }
    return starts;
  }

  /** Begins to follow, from the start or from the end. */
  async follow(client: RigClient, isFromEnd: boolean): Promise<void> {
    const zero = { seq: 0, attemptSeq: 0 };
    const earlier = isFromEnd ? [...this.starts().values()] : [];
    const from = isFromEnd ? await client.process.reader.end() : zero;
    client.followers.push({
      from,
      cursor: from,
      isReading: false,
      seqs: [],
      starts: new Map(),
      earlier: new Set(earlier),
    });
  }

  /** Reads a page further, unless it does: whether there was anything. */
  async readOn(client: RigClient, follower: Follower): Promise<boolean> {
    if (follower.isReading) return false;
    follower.isReading = true;
    try {
      return await this.#readPage(client, follower);
    } finally {
      follower.isReading = false;
    }
  }

  async #readPage(client: RigClient, follower: Follower): Promise<boolean> {
    const news = await client.process.reader.news(follower.cursor, 3);
    follower.cursor = {
      seq: news.events.at(-1)?.seq ?? follower.cursor.seq,
      attemptSeq: news.attempts.at(-1)?.attemptSeq ??
        follower.cursor.attemptSeq,
    };
    follower.seqs.push(...news.events.map(({ seq }) => seq));
    for (const one of news.attempts) {
      follower.starts.set(
        `${dispatchName(one)} ${one.number}`,
        one.startedAtMs,
      );
    }
    return news.events.length + news.attempts.length > 0;
  }

  async #open(): Promise<StoreProcess> {
    const process = this.#pool.pop() ?? new StoreProcess();
    await process.open(this.url);
    return process;
  }

  /** Keeps the states that fit what was seen. */
  #narrow(
    name: string,
    states: readonly (ModelDispatch | undefined)[],
    fits: (state: ModelDispatch | undefined) => boolean,
    found: unknown,
  ): void {
    const left = new Map(
      states.filter(fits).map((one) => [JSON.stringify(one), one]),
    );
    if (left.size === 0) {
      assertEquals(found, states.map(visible), `dispatch ${name}`);
    }
    const kept = [...left.values()].filter((one) => one !== undefined);
    if (kept.length > 0) this.dispatches.set(name, kept);
  }
}

/** What a reader shows of a dispatch. */
interface Visible {
  status: DispatchStatus;
  dueAtMs: number | null;
  attempts: Attempt[];
}

function visible(one: ModelDispatch | undefined): Visible | undefined {
  return one && {
    status: one.status,
    dueAtMs: one.status === "pending" ? one.dueAtMs : null,
    attempts: one.records.map(attemptOf),
  };
}

function visibleOf(
  stored: StoredEvent,
  destination: string,
): Visible | undefined {
  const row = stored.dispatches.find((one) => one.destination === destination);
  if (!row) return undefined;
  const { status, dueAtMs } = row;
  return { status, dueAtMs, attempts: row.attempts.map(attemptOf) };
}

function attemptOf(
  { number, startedAtMs, durationMs, outcome, code, output }: Attempt,
): Attempt {
  return { number, startedAtMs, durationMs, outcome, code, output };
}

/** What an outbox shows of a dispatch. */
export function pendingOf(
  { seq, delivery }: KnownEvent,
  { dueAtMs, attempts, failures, replays, records }: ModelDispatch,
): PendingDispatch {
  const last = records.at(-1);
  return {
    seq,
    objectId: delivery.objectId,
    orderMs: delivery.createdAtMs ?? UNDATED_MS,
    dueAtMs,
    plannedAtMs: last && attempts > 0
      ? last.startedAtMs + last.durationMs
      : delivery.receivedAtMs,
    attempts,
    failures,
    replays,
  };
}

/** An event as the model has it. */
function modelOf({ row, contentType, body }: StoredEvent): ModelEvent {
  const { seq: _, status: __, duplicates, duplicatesDiffering, ...rest } = row;
  const delivery = { ...rest, contentType, body };
  return { delivery, duplicates, duplicatesDiffering };
}

function areSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, one) =>
      one !== null && typeof one === "object" && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort())
        : one,
  ) ?? "undefined";
}
