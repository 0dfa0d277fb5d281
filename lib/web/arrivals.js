// What arrives by the stream while answers are under way: they may be from before it.

/** The arrivals of a view. */
export class Arrivals {
  #count = 0;
  #onMissed;

  /** @param {() => void} onMissed Called after an answer that may lack something. */
  constructor(onMissed) {
    this.#onMissed = onMissed;
  }

  /** Notes an arrival. */
  add() {
    this.#count++;
  }

  /**
   * Waits for an answer, and looks again afterwards if something arrived meanwhile.
   *
   * @template Answer
   * @param {Promise<Answer>} answer
   * @returns {Promise<Answer>}
   */
  async during(answer) {
    const count = this.#count;
    const answered = await answer;
    // Later, as the answer is not shown yet.
    if (count !== this.#count) setTimeout(this.#onMissed);
    return answered;
  }
}
