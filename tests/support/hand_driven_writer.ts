/** A write of a size, told from others by its id. */
export interface SizedWrite {
  readonly id: string;
  readonly bytes: number;
}

/** A batch that waits to be written. */
export interface OpenBatch {
  readonly ids: string;
  /** Ends the writing well: the result of each write is its id in upper case. */
  succeed(): void;
  fail(error: unknown): void;
}

/** Writes a batch when the test says so. */
export class HandDrivenWriter {
  #arrived: OpenBatch[] = [];
  #wanted: PromiseWithResolvers<OpenBatch>[] = [];

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

  readonly commit = (
    batch: readonly SizedWrite[],
  ): Promise<readonly string[]> => {
    const written = Promise.withResolvers<readonly string[]>();
    const open: OpenBatch = {
      ids: batch.map(({ id }) => id).join(" "),
      succeed: () => written.resolve(batch.map(({ id }) => id.toUpperCase())),
      fail: written.reject,
    };
    const wanted = this.#wanted.shift();
    if (wanted) wanted.resolve(open);
    else this.#arrived.push(open);
    return written.promise;
  };
}
