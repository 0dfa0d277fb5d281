import type { PendingDispatch } from "../../lib/store/outbox.ts";

/** A dispatch as the test knows it. */
interface Known {
  dispatch: PendingDispatch;
  isRunning: boolean;
  /** As it was read while it ran, replayed. */
  replayed?: PendingDispatch;
}

/** What `Lanes` is to do, said as simply as can be: by looking through everything. */
export class LaneModel {
  readonly #known = new Map<number, Known>();

  get size(): number {
    return this.#known.size;
  }

  get running(): PendingDispatch[] {
    return [...this.#known.values()].filter(({ isRunning }) => isRunning)
      .map(({ dispatch }) => dispatch);
  }

  get nextDueAtMs(): number | undefined {
    return this.#first()?.dispatch.dueAtMs;
  }

  add(dispatch: PendingDispatch): void {
    const known = this.#known.get(dispatch.seq);
    if (known?.isRunning) {
      const isReplayed = dispatch.replays !== known.dispatch.replays;
      if (isReplayed) known.replayed = dispatch;
      return;
    }
    this.#known.set(dispatch.seq, { dispatch, isRunning: false });
  }

  take(nowMs: number): PendingDispatch | undefined {
    const first = this.#first();
    if (!first || first.dispatch.dueAtMs > nowMs) return undefined;
    first.isRunning = true;
    return first.dispatch;
  }

  finish(taken: PendingDispatch): void {
    const attempts = taken.attempts + 1;
    if (this.#known.get(taken.seq)?.replayed) {
      this.retry({ ...taken, attempts });
    } else this.#known.delete(taken.seq);
  }

  retry(dispatch: PendingDispatch): void {
    const replayed = this.#known.get(dispatch.seq)?.replayed;
    const next = { ...dispatch, ...replayed, attempts: dispatch.attempts };
    this.#known.set(dispatch.seq, { dispatch: next, isRunning: false });
  }

  isLatest(dispatch: PendingDispatch): boolean {
    return !this.#lane(dispatch).some((other) =>
      byPlace(other.dispatch, dispatch) > 0
    );
  }

  /** The head that is due first, of all lanes of which nothing is under way. */
  #first(): Known | undefined {
    return [...this.#known.values()].filter((known) => {
      const lane = this.#lane(known.dispatch);
      return lane.every(({ dispatch, isRunning }) =>
        !isRunning && byPlace(known.dispatch, dispatch) <= 0
      );
    }).sort((a, b) =>
      a.dispatch.dueAtMs - b.dispatch.dueAtMs || byPlace(a.dispatch, b.dispatch)
    )[0];
  }

  #lane({ objectId, seq }: PendingDispatch): Known[] {
    return [...this.#known.values()].filter(({ dispatch }) =>
      dispatch.seq === seq ||
      objectId !== null && dispatch.objectId === objectId
    );
  }
}

function byPlace(a: PendingDispatch, b: PendingDispatch): number {
  return a.orderMs - b.orderMs || a.seq - b.seq;
}
