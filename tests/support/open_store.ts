import { assert, assertEquals } from "@std/assert";
import type {
  AttemptRecord,
  Delivery,
  DispatchKey,
  DispatchReader,
  EventReader,
  PendingDispatch,
  Store,
  StoredEvent,
} from "../../lib/store/store.ts";

/** A store with readers that stay open beside it. */
export class OpenStore {
  readonly store: Store;
  readonly reader: EventReader;
  readonly dispatches: DispatchReader;

  constructor(store: Store) {
    this.store = store;
    this.reader = store.openReader();
    this.dispatches = store.openDispatchReader();
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

  async record(record: AttemptRecord): Promise<void> {
    assert(await this.store.record(record));
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
  pending(destination: string): Promise<readonly PendingDispatch[]> {
    return this.dispatches.pending(destination, { afterSeq: 0, limit: 10_000 });
  }

  async pendingCounts(): Promise<Record<string, number>> {
    return Object.fromEntries(await this.dispatches.pendingCounts());
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
    this.dispatches.close();
    await this.store.close();
  }
}
