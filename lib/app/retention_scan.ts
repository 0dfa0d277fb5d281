// Finds events whose time is over. Each group of events is gone through in order of
// arrival, once: what is passed over is kept in mind by the store, and looked at again.

import type { RetentionGroup } from "../retention_policy.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { KeptEvent } from "../store/retention.ts";

/** Events read at once. */
const PAGE = 256;

/** An event whose time is over. */
export interface DueEvent extends KeptEvent {
  /** The group whose rule says so. */
  readonly group: RetentionGroup;
}

/** The surroundings of a scan. */
export interface ScanDeps {
  readonly reader: Pick<EventReader, "kept">;
  readonly groups: readonly RetentionGroup[];
  readonly nowMs: number;
}

/** A scan, which goes on as far as its events are asked for. */
export class RetentionScan {
  /** For each group, the last event that need not be read again. */
  readonly floors: number[];
  /** Events before those that are to be looked at again. */
  #passedOver: number[] = [];
  readonly #deps: ScanDeps;

  constructor(deps: ScanDeps, floors: readonly number[] = []) {
    this.#deps = deps;
    this.floors = deps.groups.map((_, i) => floors[i] ?? 0);
  }

  /** Takes the events that were passed over since the last call. */
  takePassedOver(): number[] {
    const taken = this.#passedOver;
    this.#passedOver = [];
    return taken;
  }

  /** Finds the events; each once. */
  async *due(): AsyncGenerator<DueEvent> {
    yield* this.#dueAgain();
    for (let index = 0; index < this.#deps.groups.length; index++) {
      yield* this.#dueIn(index);
    }
  }

  async *#dueAgain(): AsyncGenerator<DueEvent> {
    const { reader, groups, nowMs } = this.#deps;
    for (let afterSeq = 0;;) {
      const page = { afterSeq, limit: PAGE, isPassedOver: true };
      const events = await reader.kept(page);
      for (const event of events) {
        afterSeq = event.seq;
        const group = groups.find(({ covers }) => covers(event));
        if (!group || group.endMs(event.receivedAtMs) > nowMs) continue;
        yield { ...event, group };
      }
      if (events.length < PAGE) return;
    }
  }

  async *#dueIn(index: number): AsyncGenerator<DueEvent> {
    const { reader, groups, nowMs } = this.#deps;
    const group = groups[index]!;
    for (;;) {
      const afterSeq = this.floors[index]!;
      const events = await reader.kept({ afterSeq, limit: PAGE });
      for (const event of events) {
        const { seq, receivedAtMs } = event;
        // Of a clock that was ahead: no end of what came in earlier.
        const isFromFuture = receivedAtMs > nowMs;
        if (!isFromFuture && group.endMs(receivedAtMs) > nowMs) return;
        this.floors[index] = seq;
        if (isFromFuture) this.#passedOver.push(seq);
        else if (group.covers(event)) yield { ...event, group };
        // Once it is finished, it is in this group.
        else if (group.covers({ ...event, isUnfinished: false })) {
          this.#passedOver.push(seq);
        }
      }
      if (events.length < PAGE) return;
    }
  }
}
