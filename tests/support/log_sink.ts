/** Where a test's log goes: at once, or line by line when the test says so. */
export class LogSink {
  readonly writes: string[] = [];
  #isSlow: boolean;
  #pending: PromiseWithResolvers<void>[] = [];

  constructor(options: { isSlow?: boolean } = {}) {
    this.#isSlow = options.isSlow ?? false;
  }

  readonly write = (lines: string): Promise<void> => {
    this.writes.push(lines);
    if (!this.#isSlow) return Promise.resolve();
    const pending = Promise.withResolvers<void>();
    this.#pending.push(pending);
    return pending.promise;
  };

  get lines(): string[] {
    return this.writes.join("").split("\n").slice(0, -1);
  }

  /** Finishes what is being written, and from now on is not slow. */
  release(): void {
    this.#isSlow = false;
    for (const { resolve } of this.#pending.splice(0)) resolve();
  }

  /** Breaks what is being written, as when the reader has gone. */
  breakOff(): void {
    for (const { reject } of this.#pending.splice(0)) {
      reject(new Deno.errors.BrokenPipe());
    }
  }
}
