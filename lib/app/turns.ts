/** Work that must not overlap, one after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins when all that came before is over. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}
