// Keeps the keys of owners from being destroyed while something is sealed by them, and
// from sealing while they are being destroyed.

/** Uses of an owner's keys, and the lock that waits for them. */
interface OwnerUse {
  count: number;
  readonly idle: PromiseWithResolvers<void>;
}

/** The locks of one vault. */
export class OwnerLocks {
  readonly #uses = new Map<string, OwnerUse>();
  readonly #locked = new Map<string, Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  /** Runs an action while none of the owners is locked, at once if possible. */
  async use<Result>(
    owners: readonly string[],
    action: () => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const locked = owners.flatMap((owner) => this.#locked.get(owner) ?? []);
      if (locked.length === 0) break;
      await Promise.all(locked);
    }
    for (const owner of owners) {
      const use = this.#uses.get(owner) ??
        { count: 0, idle: Promise.withResolvers<void>() };
      this.#uses.set(owner, use);
      use.count++;
    }
    try {
      return await action();
    } finally {
      for (const owner of owners) {
        const use = this.#uses.get(owner);
        if (!use || --use.count > 0) continue;
        this.#uses.delete(owner);
        use.idle.resolve();
      }
    }
  }

  /** Runs an action while the owners are locked, once they are not used any more. */
  async lock(
    owners: readonly string[],
    action: (owners: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const done = Promise.withResolvers<void>();
    for (const owner of owners) this.#locked.set(owner, done.promise);
    // An owner is locked until the last one is over.
    const before = this.#last;
    this.#last = done.promise;
    try {
      await before;
      await Promise.all(
        owners.map((owner) => this.#uses.get(owner)?.idle.promise),
      );
      await action(owners);
    } finally {
      for (const owner of owners) {
        const isLast = this.#locked.get(owner) === done.promise;
        if (isLast) this.#locked.delete(owner);
      }
      done.resolve();
    }
  }
}
