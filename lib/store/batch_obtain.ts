// Keys that are asked for while others are being stored share a transaction.

import type { KeyStore, WrappedDataKey } from "./key_store.ts";

/** The most keys in one transaction. */
const BATCH_KEYS = 1_024;

interface WaitingKey extends PromiseWithResolvers<WrappedDataKey> {
  readonly candidate: WrappedDataKey;
}

/**
 * Obtains many keys in one transaction. Results are in the order of the candidates; null
 * where the candidate was stored.
 */
export type ObtainAll = (
  candidates: readonly WrappedDataKey[],
) => Promise<readonly (WrappedDataKey | null)[]>;

/** Makes `obtain()` of what obtains many at once. */
export class BatchObtain {
  readonly #obtainAll: ObtainAll;
  readonly #waiting: WaitingKey[] = [];
  #obtaining: Promise<void> | undefined;

  constructor(obtainAll: ObtainAll) {
    this.#obtainAll = obtainAll;
  }

  readonly obtain: KeyStore["obtain"] = (candidate) => {
    const one = { candidate, ...Promise.withResolvers<WrappedDataKey>() };
    this.#waiting.push(one);
    this.#obtaining ??= this.#obtainWaiting();
    return one.promise;
  };

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#obtaining;
  }

  async #obtainWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_KEYS);
      try {
        const keys = await this.#obtainAll(
          batch.map(({ candidate }) => candidate),
        );
        for (const [index, { resolve, candidate }] of batch.entries()) {
          resolve(keys[index] ?? candidate);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#obtaining = undefined;
  }
}
