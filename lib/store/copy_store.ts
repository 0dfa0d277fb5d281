// Copies a store to another one, whichever adapters they have: first all events, then a
// comparison of everything, then what changed meanwhile, again and again.

import { isDeepStrictEqual } from "node:util";
import { StoreError } from "../errors.ts";
import type { Cursor } from "./event_reader.ts";
import {
  type CopiedEvent,
  type EventState,
  PAGE_EVENTS,
  type StoreContents,
  type StoreCopy,
} from "./store_copy.ts";

/** Rounds of copying and comparing before a difference counts as a fault. */
const TRIES_MAX = 10;

/** The state of a copy. */
export interface CopyProgress {
  readonly phase: "copying" | "comparing";
  /** Events that are copied, or compared. */
  readonly events: number;
  /** The position of the last event of the source. */
  readonly lastSeq: number;
}

/** Options of {@linkcode copyStore}. */
export interface CopyOptions {
  readonly onProgress?: (progress: CopyProgress) => void;
  /**
   * Called each time the copy has all that the source had a moment ago. Resolves to
   * whether to continue; the copy is finished at once unless given.
   */
  readonly whenCaughtUp?: () => Promise<boolean>;
  /** Called once all events are there, to copy what they need. */
  readonly beforeFinish?: () => Promise<void>;
}

/** A finished copy. */
export interface CopyResult {
  readonly events: number;
  /** Bytes of bodies, each compared with its source. */
  readonly bytes: number;
}

/**
 * Copies a store, or continues a copy that was interrupted.
 *
 * @param from The source, which may be in use.
 * @param to The copy.
 * @throws {StoreError} If the copy has other events than the source, or one of them
 *   cannot be read or written. The copy can be continued then.
 * @throws {StaleCopyError} If it cannot be continued, as payloads have changed.
 */
export async function copyStore(
  from: StoreContents,
  to: StoreCopy,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const copying = new Copying(from, to, options);
  await copying.checkStart();
  do await copying.catchUp(); while (await options.whenCaughtUp?.());
  if (options.whenCaughtUp) await copying.catchUp();
  await options.beforeFinish?.();
  await to.finish(await from.tables());
  return copying.result;
}

class Copying {
  readonly #from: StoreContents;
  readonly #to: StoreCopy;
  readonly #options: CopyOptions;
  /** The position in the source up to which nothing is missed. */
  #synced: Cursor = { seq: 0, attemptSeq: 0 };
  #events = 0;
  #bytes = 0;

  constructor(from: StoreContents, to: StoreCopy, options: CopyOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  get result(): CopyResult {
    return { events: this.#events, bytes: this.#bytes };
  }

  /** Refuses a copy that is of another store before anything is written to it. */
  async checkStart(): Promise<void> {
    const { seq } = await this.#to.end();
    if (seq === 0) return;
    for (const afterSeq of [0, seq - 1]) {
      const [copy] = await this.#to.events(afterSeq);
      const [source] = await this.#from.events(afterSeq);
      if (!copy || !source) throw foreign();
      checkContent(copy, source);
    }
  }

  /** Copies and compares until the source has nothing that is new. */
  async catchUp(): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const start = await this.#from.end();
      if (isSame(start, this.#synced) && tries > 0) return;
      await this.#addEvents(start);
      const isFirst = this.#synced.seq === 0;
      const changed = isFirst
        ? []
        : await this.#from.changedSince(this.#synced);
      for (let i = 0; i < changed.length; i += PAGE_EVENTS) {
        const seqs = changed.slice(i, i + PAGE_EVENTS);
        const sources = await this.#from.states(seqs);
        await this.#updateStates(sources, await this.#to.states(seqs));
      }
      await this.#compare(start);
      this.#synced = start;
    }
  }

  async #addEvents({ seq: lastSeq }: Cursor): Promise<void> {
    let { seq } = await this.#to.end();
    while (seq < lastSeq) {
      const events = await this.#from.events(seq);
      if (events.length === 0) return;
      await this.#to.add(events);
      seq = events.at(-1)!.seq;
      this.#report("copying", seq, lastSeq);
    }
  }

  /** Compares all events up to a position that were not compared yet. */
  async #compare({ seq: lastSeq }: Cursor): Promise<void> {
    let { seq } = this.#synced;
    while (seq < lastSeq) {
      const sources = await this.#from.events(seq);
      // Both pages end where there are enough bytes, which is the same place.
      const copies = await this.#to.events(seq);
      for (const [i, source] of sources.entries()) {
        if (source.seq > lastSeq) break;
        if (!copies[i]) throw foreign();
        checkContent(copies[i], source);
        this.#events++;
        this.#bytes += source.content.body.length;
      }
      await this.#updateStates(sources, copies);
      seq = Math.min(sources.at(-1)?.seq ?? lastSeq, lastSeq);
      this.#report("comparing", seq, lastSeq);
    }
  }

  /** Updates what differs of some events, and verifies it. */
  async #updateStates(
    sources: readonly EventState[],
    copies: readonly EventState[],
  ): Promise<void> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const known = new Map(copies.map((one) => [one.seq, one]));
      const differing = sources.filter((one) => {
        const copy = known.get(one.seq);
        return copy && !isDeepStrictEqual(stateOf(copy), stateOf(one));
      });
      if (differing.length === 0) return;
      await this.#to.update(differing);
      const seqs = differing.map(({ seq }) => seq);
      sources = await this.#from.states(seqs);
      copies = await this.#to.states(seqs);
    }
    throw new StoreError(
      "Cannot copy the store: the copy does not keep what is written to it",
      "Is anything else writing to it? End that, and run this again",
    );
  }

  #report(phase: CopyProgress["phase"], events: number, lastSeq: number): void {
    this.#options.onProgress?.({ phase, events, lastSeq });
  }
}

/** What was copied cannot be continued. */
export class StaleCopyError extends StoreError {
  override name = "StaleCopyError";

  /** @param fact The reason, as the end of a sentence. */
  constructor(fact: string) {
    const hint = "Remove the copy, and run the same command again";
    super(`Cannot finish the copy: ${fact}`, hint);
  }
}

function foreign(): StoreError {
  return new StoreError(
    "Cannot copy the store: the place to copy to holds other events",
    "Copy to a place where there is no store yet",
  );
}

function isSame(a: Cursor, b: Cursor): boolean {
  return a.seq === b.seq && a.attemptSeq === b.attemptSeq;
}

function checkContent(copy: CopiedEvent, source: CopiedEvent): void {
  if (copy.seq !== source.seq || copy.content.id !== source.content.id) {
    throw foreign();
  }
  if (isDeepStrictEqual(copy.content, source.content)) return;
  const fact = source.erasedAtMs !== null && copy.erasedAtMs === null
    ? "payloads that it has were erased meanwhile"
    : "payloads that it has are others now, as after an erasure that had them encrypted anew";
  throw new StaleCopyError(fact);
}

function stateOf(
  {
    seq,
    duplicates,
    duplicatesDiffering,
    erasedAtMs,
    dispatches,
    attempts,
  }: EventState,
): EventState {
  return {
    seq,
    duplicates,
    duplicatesDiffering,
    erasedAtMs,
    dispatches,
    attempts,
  };
}
