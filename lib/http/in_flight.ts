/** A counter of requests in flight. */
export class InFlight {
  readonly #isOver = Promise.withResolvers<void>();
  #count = 0;
  #isStopping = false;

  /** True if new requests must be rejected. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Runs a request, which a later stop waits for. */
  async answer(
    answer: () => Response | Promise<Response>,
  ): Promise<Response> {
    const isAwaited = !this.#isStopping;
    if (isAwaited) this.#count++;
    try {
      return await answer();
    } finally {
      if (isAwaited) this.#count--;
      this.#checkOver();
    }
  }

  /** Rejects new requests; resolves when those in flight are done. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#checkOver();
    return this.#isOver.promise;
  }

  #checkOver(): void {
    if (this.#isStopping && this.#count === 0) this.#isOver.resolve();
  }
}
