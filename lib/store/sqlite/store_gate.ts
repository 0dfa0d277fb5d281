// Shared memory through which the threads of a store signal each other.

/** The indexes in shared memory. */
const STATE = 0;
const CHECKPOINTS = 1;
const ENDING = 2;
const SCRUBS = 3;
const SCRUBBED = 4;
const KEY_GENERATION = 5;

/** States; those after it are breakages. */
const OPEN = 0;
const CLOSED = 1;

/** The pause before another try of a scrub that a reader of the store held back. */
const SCRUB_RETRY_MS = 1_000;

const BREAKAGES = ["sync failed", "damaged", "unlocked"] as const;

/** The reason why nothing can be stored until the store is reopened. */
export type Breakage = typeof BREAKAGES[number];

/** A gate for writers: closed while the log wraps, or broken for good. */
export class StoreGate {
  readonly #shared: Int32Array<SharedArrayBuffer>;

  /** @param shared Shared by all threads that write the store. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.#shared = new Int32Array(shared);
  }

  /** For the same gate in another thread. */
  get shared(): SharedArrayBuffer {
    return this.#shared.buffer;
  }

  /** True if writers have to wait. */
  get isClosed(): boolean {
    return Atomics.load(this.#shared, STATE) === CLOSED;
  }

  /** Set once nothing may be acknowledged any more. */
  get breakage(): Breakage | null {
    const state = Atomics.load(this.#shared, STATE);
    return BREAKAGES[state - CLOSED - 1] ?? null;
  }

  /** Makes writers wait, unless it is broken. */
  close(): void {
    Atomics.compareExchange(this.#shared, STATE, OPEN, CLOSED);
  }

  /** Resolves once it is no longer closed, or after a timeout. */
  async waitUntilOpen(timeoutMs: number): Promise<void> {
    await Atomics.waitAsync(this.#shared, STATE, CLOSED, timeoutMs).value;
  }

  /** Lets writers go on, unless it is broken. */
  open(): void {
    Atomics.compareExchange(this.#shared, STATE, CLOSED, OPEN);
    Atomics.notify(this.#shared, STATE);
  }

  /** Keeps writers out for good. */
  break(breakage: Breakage): void {
    const state = CLOSED + 1 + BREAKAGES.indexOf(breakage);
    Atomics.store(this.#shared, STATE, state);
    Atomics.notify(this.#shared, STATE);
  }

  /** The number of requested checkpoints. */
  get checkpointsWanted(): number {
    return Atomics.load(this.#shared, CHECKPOINTS);
  }

  /** Requests a checkpoint. */
  requestCheckpoint(): void {
    Atomics.add(this.#shared, CHECKPOINTS, 1);
    Atomics.notify(this.#shared, CHECKPOINTS);
  }

  /**
   * Blocks this thread until there are more requests than known, or for a while if a scrub
   * that was requested is not done yet.
   */
  waitForRequest(known: number): void {
    const isDue = this.scrubbed < this.scrubsWanted && !this.breakage;
    const timeoutMs = isDue ? SCRUB_RETRY_MS : Infinity;
    Atomics.wait(this.#shared, CHECKPOINTS, known, timeoutMs);
  }

  /** Requests a checkpoint that leaves nothing old in the log; returns its number. */
  requestScrub(): number {
    const number = Atomics.add(this.#shared, SCRUBS, 1) + 1;
    this.requestCheckpoint();
    return number;
  }

  /** The number of the last requested scrub. */
  get scrubsWanted(): number {
    return Atomics.load(this.#shared, SCRUBS);
  }

  /** The number of the last scrub that was done. */
  get scrubbed(): number {
    return Atomics.load(this.#shared, SCRUBBED);
  }

  set scrubbed(number: number) {
    Atomics.store(this.#shared, SCRUBBED, number);
  }

  /** See {@linkcode Outboxes.keyGeneration}. */
  get keyGeneration(): number {
    return Atomics.load(this.#shared, KEY_GENERATION);
  }

  /** Refuses what older keys have sealed and is not being written yet. */
  renewKeys(): void {
    Atomics.add(this.#shared, KEY_GENERATION, 1);
  }

  /** True if there will be no more checkpoints. */
  get isEnding(): boolean {
    return Atomics.load(this.#shared, ENDING) === 1;
  }

  /** Ends the waiting for requests. */
  end(): void {
    Atomics.store(this.#shared, ENDING, 1);
    this.requestCheckpoint();
  }
}
