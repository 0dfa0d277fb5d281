import { matchesGlob } from "../../lib/persona/name_glob.ts";
import type { EventFilter } from "../../lib/store/event_filter.ts";
import type {
  AttemptRecord,
  DispatchKey,
  DispatchStatus,
  EventStatus,
} from "../../lib/store/outbox.ts";
import type { Delivery } from "../../lib/store/store.ts";

/** A dispatch, with its event. */
export interface ModelDispatch extends DispatchKey {
  readonly event: Delivery;
  status: DispatchStatus;
  attempts: number;
  replays: number;
}

/** What a store should hold, in the plainest form. */
export class StoreModel {
  /** By `seq`, in order of arrival. */
  readonly #events = new Map<number, Delivery>();
  readonly #dispatches = new Map<string, ModelDispatch>();

  get seqs(): number[] {
    return [...this.#events.keys()];
  }

  accept(event: Delivery, seq: number, destinations: readonly string[]): void {
    this.#events.set(seq, event);
    this.requeue(destinations.map((destination) => ({ seq, destination })));
  }

  record(record: AttemptRecord): void {
    const dispatch = this.#dispatches.get(nameOf(record));
    if (!dispatch) return;
    if (dispatch.replays === record.replays) dispatch.status = record.status;
    dispatch.attempts = record.number;
  }

  requeue(keys: readonly DispatchKey[]): void {
    for (const key of keys) {
      const event = this.#events.get(key.seq);
      if (!event) continue;
      const known = this.#dispatches.get(nameOf(key));
      this.#dispatches.set(nameOf(key), {
        ...key,
        event,
        status: "pending",
        attempts: known?.attempts ?? 0,
        replays: known ? known.replays + 1 : 0,
      });
    }
  }

  /** All dispatches of a status. */
  dispatches(status: DispatchStatus): ModelDispatch[] {
    return [...this.#dispatches.values()].filter((one) =>
      one.status === status
    );
  }

  /** Whether a newer event of the object is done at the destination. */
  isStale({ seq, destination }: DispatchKey): boolean {
    const event = this.#events.get(seq);
    if (!event || event.objectId === null) return false;
    if (event.createdAtMs === null) return false;
    return this.dispatches("done").some((other) =>
      other.destination === destination && other.event.createdAtMs !== null &&
      other.event.objectId === event.objectId &&
      (orderOf(other.event) > orderOf(event) ||
        orderOf(other.event) === orderOf(event) && other.seq > seq)
    );
  }

  statusOf(seq: number, destination?: string): EventStatus {
    const own = [...this.#dispatches.values()].filter((one) =>
      one.seq === seq &&
      (destination === undefined || one.destination === destination)
    );
    const statuses = own.map(({ status }) => status);
    return (["dead", "pending", "done"] as const).find((status) =>
      statuses.includes(status)
    ) ?? "none";
  }

  /** The ids of events that match, the latest arrival first. */
  list(filter: EventFilter): string[] {
    const { ids, names = [], objectId, status, beforeSeq } = filter;
    const { destination } = filter;
    const { receivedSinceMs, receivedUntilMs } = filter;
    const found = [...this.#events].filter(([seq, event]) =>
      (ids === undefined || ids.includes(event.id)) &&
      (names.length === 0 ||
        names.some((glob) => matchesGlob(glob, event.name))) &&
      (objectId === undefined || objectId === event.objectId) &&
      (destination === undefined ||
        this.#dispatches.has(nameOf({ seq, destination }))) &&
      (status === undefined || status === this.statusOf(seq, destination)) &&
      (beforeSeq === undefined || seq < beforeSeq) &&
      (receivedSinceMs === undefined ||
        event.receivedAtMs >= receivedSinceMs) &&
      (receivedUntilMs === undefined || event.receivedAtMs <= receivedUntilMs)
    );
    return found.reverse().slice(0, filter.limit).map(([, { id }]) => id);
  }
}

function nameOf({ seq, destination }: DispatchKey): string {
  return `${seq} ${destination}`;
}

function orderOf({ createdAtMs, receivedAtMs }: Delivery): number {
  return createdAtMs ?? receivedAtMs;
}
