import type { Batch, BatchWriter } from "../../lib/store/group_commit.ts";

/** A batch that waits to be written. */
export interface OpenBatch {
  readonly ids: readonly string[];
  readonly batch: Batch;
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

  commit(batch: Batch): Promise<readonly boolean[]> {
    const { acceptances } = batch;
    this.calls.push(`commit ${acceptances.length}`);
    const written = Promise.withResolvers<readonly boolean[]>();
    const open: OpenBatch = {
      ids: acceptances.map(({ delivery }) => delivery.id),
      batch,
      succeed: (duplicates = acceptances.map(() => false)) =>
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

  announce(): Promise<void> {
    return Promise.resolve();
  }

  openReader(): never {
    throw new Error("there is nothing to read");
  }

  openDispatchReader(): never {
    throw new Error("there is nothing to read");
  }

  close(): Promise<void> {
    this.calls.push("close");
    return Promise.resolve();
  }
}
