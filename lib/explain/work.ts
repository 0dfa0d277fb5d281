/**
 * How much may be done to find something out.
 *
 * @module
 */

/** Larger bodies are not worked on: no receiver takes them. */
export const BODY_BYTES_MAX: number = 64 << 20;

/** Work in bytes hashed: some 3 s on a machine of 2026. */
const BYTES_MAX = 2 ** 31;

/** What anything costs, however short. */
const BYTES_MIN = 16 << 10;

/** Work that is bounded. */
export class Work {
  #bytesLeft: number;

  /** @param bytesMax How many bytes may be hashed. */
  constructor(bytesMax: number = BYTES_MAX) {
    this.#bytesLeft = bytesMax;
  }

  /** Whether there was enough so far. */
  get isEnough(): boolean {
    return this.#bytesLeft >= 0;
  }

  /**
   * Takes from what may be done.
   *
   * @param bytes How long what is worked on is.
   * @param factor How much longer it takes than to hash it.
   * @returns Whether it may be done.
   */
  spend(bytes: number, factor = 1): boolean {
    this.#bytesLeft -= BYTES_MIN + bytes * factor;
    return this.isEnough;
  }
}
