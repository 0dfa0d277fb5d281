/**
 * Requests that are being answered, so that the end can wait for them.
 *
 * @module
 */

/** Counts requests until it is time to stop, and tells when they are over. */
export class InFlight {
  readonly #isOver = Promise.withResolvers<void>();
  #count = 0;
  #isStopping = false;

  /** Whether requests that come now are to be refused. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Answers a request, which is waited for if it came before the stop.
   *
   * @param answer Answers it.
   * @returns The answer.
   */
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

  /** From now on refuses; resolves when what was begun is answered. */
  stop(): Promise<void> {
    this.#isStopping = true;
    this.#checkOver();
    return this.#isOver.promise;
  }

  #checkOver(): void {
    if (this.#isStopping && this.#count === 0) this.#isOver.resolve();
  }
}
