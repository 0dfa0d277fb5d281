/**
 * One time limit for many tasks, looked after by a single timer: a timer for each
 * would cost more than reading the body.
 *
 * @module
 */

/** From a request to its answer. Persona gives up after 5 s, the way included. */
export const DEADLINE_MS = 4_200;

/** How many times within the limit it is looked for tasks that are too slow. */
const SWEEPS_PER_LIMIT = 16;

interface Task {
  readonly startedAtMs: number;
  readonly expire: () => void;
}

/** Calls back for each task that takes too long. */
export class Deadlines {
  readonly #limitMs: number;
  /**
   * Tasks under way, each at a slot that is used again and again. A `Set` would
   * keep the bodies of finished requests alive through the tables it outgrows.
   */
  readonly #tasks: (Task | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** Tasks that are not over and whose time is not up. */
  #running = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param limitMs How long a task may take; it may get a sixteenth more. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Waits for a task, but not for longer than the limit; the task itself goes on.
   *
   * @param task What to wait for.
   * @param late Called when the time is up: what to make of that.
   * @returns The task's result, or that of `late`.
   * @throws Whatever the task rejects with in time.
   */
  limit<Result>(task: Promise<Result>, late: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const slot = this.start(() => resolve(late()));
      task.finally(() => this.end(slot)).then(resolve, reject);
    });
  }

  /**
   * Starts the time of a task.
   *
   * @param expire Called once when it is up.
   * @returns Where the task is kept, to be given to {@linkcode end}.
   */
  start(expire: () => void): number {
    const slot = this.#freeSlots.pop() ?? this.#tasks.length;
    this.#tasks[slot] = { startedAtMs: performance.now(), expire };
    this.#running++;
    this.#timer ??= this.#arm();
    return slot;
  }

  /**
   * Ends the time of a task, whether it expired or not.
   *
   * @param slot What {@linkcode start} returned.
   */
  end(slot: number): void {
    if (this.#tasks[slot]) this.#stop(slot);
    this.#freeSlots.push(slot);
  }

  /** The slot stays taken, as an expired task may go on for long. */
  #stop(slot: number): void {
    this.#tasks[slot] = undefined;
    if (--this.#running > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#sweep(), this.#limitMs / SWEEPS_PER_LIMIT);
  }

  #sweep(): void {
    this.#timer = this.#arm();
    const startedBeforeMs = performance.now() - this.#limitMs;
    for (const [slot, task] of this.#tasks.entries()) {
      if (!task || task.startedAtMs > startedBeforeMs) continue;
      this.#stop(slot);
      task.expire();
    }
  }
}
