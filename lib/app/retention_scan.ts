// Finds events whose time is over. Each group of events is gone through in order of
// arrival, once: what is passed over is kept in mind by the store, and looked at again.

import type { RetentionGroup } from "../persona/retention_policy.ts";
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
  readonly reader: Pick<EventReader, "kept" | "heldOf">;
  readonly groups: readonly RetentionGroup[];
  readonly nowMs: number;
}

/** Events that were not found to be due. */
export interface PassedOver {
  /** Those to be looked at again, by `seq`. */
  readonly seqs: number[];
  /** Those among them that are on hold. */
  readonly held: number;
}

/** A scan, which advances as its events are asked for. */
export class RetentionScan {
  /** For each group, the last event that need not be read again. */
  readonly floors: number[];
  #passedOver: number[] = [];
  #held = 0;
  readonly #deps: ScanDeps;

  constructor(deps: ScanDeps, floors: readonly number[] = []) {
    this.#deps = deps;
    this.floors = deps.groups.map((_, i) => floors[i] ?? 0);
  }

  /** Takes what was passed over since the last call. */
  takePassedOver(): PassedOver {
    const taken = { seqs: this.#passedOver, held: this.#held };
    this.#passedOver = [];
    this.#held = 0;
    return taken;
  }

  /** Finds the events; each once. */
  async *due(): AsyncGenerator<DueEvent> {
    yield* this.#dueAgain();
    for (let index = 0; index < this.#deps.groups.length; index++) {
      yield* this.#dueIn(index);
    }
  }

  /** Those that were passed over before. */
  async *#dueAgain(): AsyncGenerator<DueEvent> {
    const { reader, groups, nowMs } = this.#deps;
    for (let afterSeq = 0;;) {
      const page = { afterSeq, limit: PAGE, isPassedOver: true };
      const events = await reader.kept(page);
      const due = events.flatMap((event) => {
        const index = groups.findIndex(({ covers }) => covers(event));
        const group = groups[index];
        const isDue = group && group.endMs(event.receivedAtMs) <= nowMs &&
          event.seq <= this.floors[index]!; // Later ones are found below.
        return isDue ? { ...event, group } : [];
      });
      const held = await this.#heldAmong(due);
      yield* due.filter(({ seq }) => !held.has(seq));
      if (events.length < PAGE) return;
      afterSeq = events.at(-1)?.seq ?? afterSeq;
    }
  }

  async *#dueIn(index: number): AsyncGenerator<DueEvent> {
    const { reader, groups, nowMs } = this.#deps;
    const group = groups[index]!;
    for (;;) {
      const afterSeq = this.floors[index]!;
      const page = await reader.kept({ afterSeq, limit: PAGE });
      // One of a clock that was ahead does not end what came in earlier.
      const end = page.findIndex(({ receivedAtMs }) =>
        receivedAtMs <= nowMs && group.endMs(receivedAtMs) > nowMs
      );
      const events = end === -1 ? page : page.slice(0, end);
      const due = events.filter((event) =>
        event.receivedAtMs <= nowMs && group.covers(event)
      );
      const held = await this.#heldAmong(due);
      for (const event of events) {
        const { seq } = event;
        this.floors[index] = seq;
        if (due.includes(event) && !held.has(seq)) {
          yield { ...event, group };
          continue;
        }
        if (held.has(seq)) this.#held++;
        // It may be in this group once it is finished, released, or old enough.
        const isCovered = [true, false].some((isUnfinished) =>
          group.covers({ ...event, isUnfinished })
        );
        if (isCovered) this.#passedOver.push(seq);
      }
      if (end !== -1 || page.length < PAGE) return;
    }
  }

  async #heldAmong(due: readonly KeptEvent[]): Promise<ReadonlySet<number>> {
    const { reader, nowMs } = this.#deps;
    const objectIds = [
      ...new Set(due.flatMap(({ objectId }) => objectId ?? [])),
    ];
    if (objectIds.length === 0) return new Set();
    const held = await reader.heldOf({ objectIds, nowMs });
    return new Set(
      due.filter(({ objectId }) => objectId !== null && held.has(objectId))
        .map(({ seq }) => seq),
    );
  }
}
