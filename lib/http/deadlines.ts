// One time limit for many tasks with a single timer: one per task would cost more than
// reading a body.

/** The time for a response. Persona times out after 5 s, network included. */
export const DEADLINE_MS = 4_200;

/** Sweeps for expired tasks per limit. */
const SWEEPS_PER_LIMIT = 16;

interface Task {
  readonly startedAtMs: number;
  readonly expire: () => void;
}

/** Options of {@linkcode Deadlines}. */
export interface DeadlinesOptions {
  /**
   * Leaves the timer to its next sweep when no task is running: where one task follows
   * another, to clear and set it each time costs more than all else of a deadline.
   *
   * @default {false}
   */
  readonly keepsTimer?: boolean;
}

/** A time limit for tasks. */
export class Deadlines {
  readonly #limitMs: number;
  /**
   * Running tasks in reused slots. A `Set` would keep the bodies of finished requests
   * alive through the tables it outgrows.
   */
  readonly #tasks: (Task | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** The number of tasks that have neither ended nor expired. */
  #running = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #keepsTimer: boolean;

  /** @param limitMs The limit; a task may get a sixteenth more. */
  constructor(limitMs: number, { keepsTimer = false }: DeadlinesOptions = {}) {
    this.#limitMs = limitMs;
    this.#keepsTimer = keepsTimer;
  }

  /**
   * Waits for a task up to the limit; the task itself continues.
   *
   * @param late Returns the result if the limit is exceeded.
   * @returns The result of the task, or of `late`.
   * @throws The task's rejection, if it is in time.
   */
  limit<Result>(task: Promise<Result>, late: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const slot = this.start(() => resolve(late()));
      task.then(
        (result) => {
          this.end(slot);
          resolve(result);
        },
        (error) => {
          this.end(slot);
          reject(error);
        },
      );
    });
  }

  /**
   * Starts the limit of a task.
   *
   * @param expire Called once when it is exceeded.
   * @returns The slot, for {@linkcode end}.
   */
  start(expire: () => void): number {
    const slot = this.#freeSlots.pop() ?? this.#tasks.length;
    this.#tasks[slot] = { startedAtMs: performance.now(), expire };
    this.#running++;
    this.#timer ??= this.#arm();
    return slot;
  }

  /**
   * Ends a task, whether it expired or not.
   *
   * @param slot The slot from {@linkcode start}.
   */
  end(slot: number): void {
    if (this.#tasks[slot]) this.#stop(slot);
    this.#freeSlots.push(slot);
  }

  /** Leaves no timer behind, unless a task is running. */
  rest(): void {
    if (this.#running > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Keeps the slot taken, as an expired task may continue for long. */
  #stop(slot: number): void {
    this.#tasks[slot] = undefined;
    this.#running--;
    if (!this.#keepsTimer) this.rest();
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#sweep(), this.#limitMs / SWEEPS_PER_LIMIT);
  }

  #sweep(): void {
    this.#timer = this.#running > 0 ? this.#arm() : undefined;
    const startedBeforeMs = performance.now() - this.#limitMs;
    for (const [slot, task] of this.#tasks.entries()) {
      if (!task || task.startedAtMs > startedBeforeMs) continue;
      this.#stop(slot);
      task.expire();
    }
  }
}
