import type { BatchWriter } from "../../lib/store/group_commit.ts";
import type { Delivery } from "../../lib/store/store.ts";

/** A batch that waits to be written. */
export interface OpenBatch {
  readonly ids: readonly string[];
  /** Ends the writing well; every delivery was new unless said. */
  succeed(duplicates?: readonly boolean[]): void;
  fail(error: unknown): void;
}

/** Writes a batch when the test says so. */
export class HandDrivenWriter implements BatchWriter {
  readonly calls: string[] = [];
  #arrived: OpenBatch[] = [];
  #wanted: PromiseWithResolvers<OpenBatch>[] = [];
  probeFault: unknown;

  /** The next batch, as soon as there is one. */
  next(): Promise<OpenBatch> {
    const batch = this.#arrived.shift();
    if (batch) return Promise.resolve(batch);
    const wanted = Promise.withResolvers<OpenBatch>();
    this.#wanted.push(wanted);
    return wanted.promise;
  }

  /** Whether a batch was begun that nobody took with `next()`. */
  get hasBatch(): boolean {
    return this.#arrived.length > 0;
  }

  commit(batch: readonly Delivery[]): Promise<readonly boolean[]> {
    this.calls.push(`commit ${batch.length}`);
    const written = Promise.withResolvers<readonly boolean[]>();
    const open: OpenBatch = {
      ids: batch.map(({ id }) => id),
      succeed: (duplicates = batch.map(() => false)) =>
        written.resolve(duplicates),
      fail: written.reject,
    };
    const wanted = this.#wanted.shift();
    if (wanted) wanted.resolve(open);
    else this.#arrived.push(open);
    return written.promise;
  }

  probe(): Promise<void> {
    this.calls.push("probe");
    return this.probeFault === undefined
      ? Promise.resolve()
      : Promise.reject(this.probeFault);
  }

  close(): Promise<void> {
    this.calls.push("close");
    return Promise.resolve();
  }
}
