import { assert, assertEquals, assertFalse } from "@std/assert";
import { setImmediate } from "node:timers";
import {
  DestinationLoop,
  type LoopConfig,
  type LoopDeps,
} from "../../lib/dispatch/destination_loop.ts";
import { StoreError } from "../../lib/errors.ts";
import type { LogEntry } from "../../lib/log.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type {
  AttemptRecord,
  Outbox,
  Outboxes,
  PendingDispatch,
} from "../../lib/store/outbox.ts";
import type { Delivery, Store } from "../../lib/store/store.ts";
import { delivery } from "./deliveries.ts";
import { FakeTimers } from "./fake_timers.ts";
import { ScriptedDestination, SECRET_OUTPUT } from "./scripted_destination.ts";

/** The destination of the loop. */
export const NAME = "app";

/** When a test begins. */
export const START_MS = 1_750_000_000_000;

/** A random number that leaves every delay as the schedule has it. */
const EVEN = 0.5;

/** What a test can do between a query and its answer: fail, or wait. */
export type Meanwhile = Partial<
  Record<
    "open" | "pending" | "load" | "lastAttempts" | "pauses",
    () => Promise<void>
  >
>;

/** Fails as the store does. */
export function storeTrouble(): Promise<never> {
  return Promise.reject(new StoreError("Cannot read the store", "Mend it"));
}

/**
 * The event that an id stands for: `b3` is about object b and was created in the
 * third second; `-3` is about none.
 */
export function eventOf(id: string, receivedAtMs: number): Delivery {
  const [, object, second] = /^([a-z-])(\d+)/.exec(id)!;
  const objectId = object === "-" ? null : object!;
  const createdAtMs = START_MS - 1_000_000 + 1_000 * Number(second);
  return delivery(id, { objectId, createdAtMs, receivedAtMs });
}

/** A real store, in memory, and a loop between it and a scripted destination. */
export class DispatchRig implements AsyncDisposable {
  readonly store: Store;
  readonly timers = new FakeTimers(START_MS, () => this.settle());
  readonly log: LogEntry[] = [];
  readonly deps: Omit<LoopDeps, "outbox">;
  /** Those of the store, which tests can hinder. */
  readonly outboxes: Outboxes;
  readonly meanwhile: Meanwhile = {};
  /** Whether attempts cannot be recorded. */
  isRecordFailing = false;
  outboxesClosed = 0;
  destination = new ScriptedDestination();
  /** What came of the last `start()`. */
  started = Promise.resolve();
  #loop: DestinationLoop | undefined;
  #activity = 0;
  /** Set while no attempt may begin. */
  isLeaseShort = false;
  /** Set while another process has all dispatches. */
  isOthers = false;
  #onMoved = () => {};

  private constructor(store: Store, random: () => number) {
    this.store = store;
    this.outboxes = this.#outboxesOf(store);
    this.deps = {
      log: (entry) => this.log.push(entry),
      clock: this.timers.clock,
      setTimer: this.timers.setTimer,
      random,
    };
  }

  /** By default with a store that tells of staleness from memory, as young ones do. */
  static async open(
    { random = () => EVEN, store }: { random?: () => number; store?: Store } =
      {},
  ): Promise<DispatchRig> {
    const opened = store ??
      await openSqliteStore(":memory:", { bodyBytesMax: 1_024 });
    return new DispatchRig(opened, random);
  }

  get loop(): DestinationLoop {
    assert(this.#loop, "the loop was not started");
    return this.#loop;
  }

  /** Begins as a new process does; what an earlier loop knew is gone. */
  async start(config: Partial<LoopConfig> = {}): Promise<void> {
    this.timers.clear();
    const loop = this.#loop = new DestinationLoop(
      {
        name: NAME,
        order: "object",
        concurrency: 8,
        attemptsMax: 12,
        timeoutMs: 10_000,
        isLocal: false,
        ...config,
      },
      this.destination,
      { ...this.deps, outbox: await this.outbox() },
    );
    this.started = loop.start();
    this.started.catch(() => {}); // Whoever cares awaits it.
    await this.settle();
  }

  /** The outbox of the loop's destination. */
  outbox(): Promise<Outbox> {
    return this.outboxes.open(NAME, { attemptMsMax: 0 });
  }

  /** Stores events, ids apart by spaces, and tells nobody. */
  async accept(ids: string, destinations = [NAME]): Promise<void> {
    const nowMs = this.timers.clock.nowMs();
    const results = ids.split(" ").map((id) =>
      this.store.accept(eventOf(id, nowMs), destinations)
    );
    for (const result of await Promise.all(results)) {
      assertEquals(result, { ok: true, duplicate: false });
    }
  }

  /** Stores events and lets the loop go as far as it can. */
  async bring(ids: string): Promise<void> {
    await this.accept(ids);
    this.loop.wake();
    await this.settle();
  }

  /** Has events dispatched again. */
  async replay(ids: string): Promise<void> {
    const seqs = await Promise.all(ids.split(" ").map((id) => this.seqOf(id)));
    const keys = seqs.map((seq) => ({ seq, destination: NAME }));
    const dueAtMs = this.timers.clock.nowMs();
    assert(await this.store.requeue({ keys, dueAtMs }));
    this.loop.wake({ fromSeq: Math.min(...seqs) });
    await this.settle();
  }

  /** Ends an attempt that was left open, and lets the loop go on. */
  async end(...args: Parameters<ScriptedDestination["end"]>): Promise<void> {
    this.destination.end(...args);
    await this.settle();
  }

  async seqOf(id: string): Promise<number> {
    return (await this.store.openReader().get(id))!.row.seq;
  }

  /** How a dispatch stands in the store: `pending in 5000 ms: 1 status, 2 timeout`. */
  async standOf(id: string): Promise<string> {
    const { dispatches } = (await this.store.openReader().get(id))!;
    const { status, dueAtMs, attempts } = dispatches[0]!;
    const wait = dueAtMs === null
      ? ""
      : ` in ${dueAtMs - this.timers.clock.nowMs()} ms`;
    const outcomes = attempts.map(({ number, outcome }) =>
      `${number} ${outcome}`
    );
    return `${status}${wait}: ${outcomes.join(", ")}`;
  }

  /** What is pending in the store. */
  async pending(): Promise<readonly PendingDispatch[]> {
    const outbox = await this.outbox();
    return await outbox.pending({ afterSeq: 0, limit: 10_000 });
  }

  /** The messages of the log, in order. */
  get messages(): string[] {
    return this.log.map(({ msg }) => msg);
  }

  /** Lets everything happen that can happen without more time. */
  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < 3; quietTurns++) {
      const before = this.#activity;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#activity !== before) quietTurns = -1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.#loop?.stop(0);
    await this.timers.advance(2_000);
    await stopped;
    await this.store.close();
    assertFalse(JSON.stringify(this.log).includes(SECRET_OUTPUT));
  }

  async #record(outbox: Outbox, record: AttemptRecord): Promise<boolean> {
    this.#activity++;
    const isDurable = !this.isRecordFailing && await outbox.record(record);
    this.#activity++;
    return isDurable;
  }

  #outboxesOf(store: Store): Outboxes {
    const outboxes = store.openOutboxes();
    const answer = async <Result>(
      name: keyof Meanwhile,
      query: Promise<Result>,
    ) => {
      this.#activity++;
      const result = await query;
      await this.meanwhile[name]?.();
      this.#activity++;
      return result;
    };
    return {
      keyGeneration: outboxes.keyGeneration,
      open: async (destination, options) => {
        this.#onMoved = () => options.onMoved?.();
        const opened = outboxes.open(destination, options);
        const outbox = await answer("open", opened);
        return {
          pending: (page) => answer("pending", outbox.pending(page)),
          load: async (dispatch) => {
            const loaded = await answer("load", outbox.load(dispatch));
            return this.isOthers ? undefined : loaded;
          },
          canBegin: () => !this.isOthers && !this.isLeaseShort,
          lastAttempts: () => answer("lastAttempts", outbox.lastAttempts()),
          record: (record) => this.#record(outbox, record),
          close: () => outbox.close(),
        };
      },
      pendingCounts: () => outboxes.pendingCounts(),
      pauses: () => answer("pauses", outboxes.pauses()),
      close: () => {
        this.outboxesClosed++;
        return outboxes.close();
      },
    };
  }

  /** Another process leaves what it has to this one. */
  gain(): void {
    this.isOthers = false;
    this.#onMoved();
  }
}
