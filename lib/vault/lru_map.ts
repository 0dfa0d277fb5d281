// A map that forgets what was not used for the longest time.

/** A bounded map, from texts. */
export class LruMap<Value> {
  readonly #sizeMax: number;
  readonly #values = new Map<string, Value>();

  /** @param sizeMax The most entries. */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Returns a value, and counts that as a use. */
  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value;
  }

  /** Sets a value. */
  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.#sizeMax) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  /** Returns all entries; that is no use of them. */
  entries(): Iterable<[string, Value]> {
    return this.#values;
  }

  /** Removes an entry. */
  delete(key: string): void {
    this.#values.delete(key);
  }
}
