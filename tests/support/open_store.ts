import { assert, assertEquals } from "@std/assert";
import type { EventReader, StoredEvent } from "../../lib/store/event_reader.ts";
import {
  type AttemptRecord,
  type DispatchKey,
  type LoadedDispatch,
  type Outbox,
  type Outboxes,
  type OutboxesOptions,
  type PendingDispatch,
  UNDATED_MS,
} from "../../lib/store/outbox.ts";
import type { Delivery, Store } from "../../lib/store/store.ts";

/** A store, with a reader and outboxes that stay open beside it. */
export class OpenStore {
  readonly store: Store;
  readonly reader: EventReader;
  readonly outboxes: Outboxes;
  readonly #outboxes = new Map<string, Promise<Outbox>>();
  readonly #moves = new Map<string, PromiseWithResolvers<void>>();

  constructor(store: Store, options: OutboxesOptions = {}) {
    this.store = store;
    this.reader = store.openReader();
    this.outboxes = store.openOutboxes(options);
  }

  /** The outbox of a destination. */
  outbox(destination: string): Promise<Outbox> {
    const known = this.#outboxes.get(destination);
    if (known) return known;
    const opened = this.outboxes.open(destination, {
      attemptMsMax: 0,
      onMoved: () => {
        this.#moves.get(destination)?.resolve();
        this.#moves.delete(destination);
      },
    });
    this.#outboxes.set(destination, opened);
    return opened;
  }

  /** Resolves when dispatches moved from or to another process. */
  moved(destination: string): Promise<void> {
    const move = Promise.withResolvers<void>();
    this.#moves.set(destination, move);
    return move.promise;
  }

  /** Stores a new event: its `seq`. */
  async accept(
    one: Delivery,
    destinations: readonly string[] = [],
  ): Promise<number> {
    const result = await this.store.accept(one, destinations);
    assertEquals(result, { ok: true, duplicate: false }, one.id);
    return (await this.get(one.id)).row.seq;
  }

  /** Records an attempt, with the place in its lane that the event has. */
  async record(record: AttemptRecord): Promise<void> {
    const outbox = await this.outbox(record.destination);
    const after = { seq: record.seq - 1, attemptSeq: 0 };
    const { events: [row] } = await this.reader.news(after, 1);
    const lane = row?.seq === record.seq
      ? { objectId: row.objectId, orderMs: row.createdAtMs ?? UNDATED_MS }
      : {};
    assert(await outbox.record({ ...record, ...lane }));
  }

  /** Loads a dispatch, pending or not. */
  async loadAny(key: DispatchKey): Promise<LoadedDispatch | undefined> {
    const outbox = await this.outbox(key.destination);
    const zero = {
      dueAtMs: 0,
      plannedAtMs: 0,
      attempts: 0,
      failures: 0,
      replays: 0,
    };
    const lane = { objectId: null, orderMs: 0 };
    return await outbox.load({ seq: key.seq, ...lane, ...zero });
  }

  /** Loads a dispatch that must be pending. */
  async load({ seq, destination }: DispatchKey): Promise<LoadedDispatch> {
    const outbox = await this.outbox(destination);
    const [dispatch] = await outbox.pending({ afterSeq: seq - 1, limit: 1 });
    assertEquals(dispatch?.seq, seq, "it must be pending");
    const loaded = await outbox.load(dispatch!);
    assert(loaded);
    return loaded;
  }

  async requeue(keys: readonly DispatchKey[], dueAtMs: number): Promise<void> {
    assert(await this.store.requeue({ keys, dueAtMs }));
  }

  /** What is stored of an event that must be there. */
  async get(id: string): Promise<StoredEvent> {
    const stored = await this.reader.get(id);
    assert(stored, `${id} is not stored`);
    return stored;
  }

  /** All that is pending at a destination. */
  async pending(destination: string): Promise<readonly PendingDispatch[]> {
    const outbox = await this.outbox(destination);
    return await outbox.pending({ afterSeq: 0, limit: 10_000 });
  }

  async pendingCounts(): Promise<Record<string, number>> {
    return Object.fromEntries(await this.outboxes.pendingCounts());
  }

  /** The event's status and those of its dispatches, as `pending: a done, …`. */
  async statusesOf(id: string): Promise<string> {
    const { row, dispatches } = await this.get(id);
    const listed = await this.reader.dispatches([row.seq]);
    const states = dispatches.map(({ attempts: _, ...state }) => state);
    assertEquals(listed.get(row.seq) ?? [], states);
    const texts = states.map(({ destination, status }) =>
      `${destination} ${status}`
    );
    return `${row.status}: ${texts.join(", ")}`;
  }

  async close(): Promise<void> {
    this.reader.close();
    await this.outboxes.close();
    await this.store.close();
  }
}
