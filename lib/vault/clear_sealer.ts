// Seals in the background what was stored before there were keys: little at a time, so
// that receiving never waits for it. A server that stops goes on after its next start.

import { type SetTimer, systemTimer } from "../clock.ts";
import { sleepUnless } from "../sleep_unless.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Store } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import { ownerOf } from "./places.ts";
import { sealAnew } from "./seal_anew.ts";
import { tellFailure } from "./tell_failure.ts";
import type { Vault } from "./vault.ts";

/** Events in one transaction. */
const BATCH = 16;

/** The pause between transactions, for all others. */
const PAUSE_MS = 20;

/** The wait after a failure of the store. */
const RETRY_MS = 5_000;

/** Options of {@linkcode ClearSealer}. */
export interface ClearSealerOptions extends ClientOptions {
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/** Seals what is in the clear of one store, for its server. */
export class ClearSealer {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #options: ClearSealerOptions;
  readonly #working: Promise<void>;
  readonly #stopping = new AbortController();

  /** @param store The store itself, which hands out what is stored as it is. */
  constructor(store: Store, vault: Vault, options: ClearSealerOptions = {}) {
    this.#store = store;
    this.#vault = vault;
    this.#options = options;
    this.#working = this.#work();
  }

  /** Resolves when nothing is in the clear any more, or it was stopped. */
  get done(): Promise<void> {
    return this.#working;
  }

  /** Stops; resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    if (this.#isDone) return;
    const { setTimer = systemTimer } = this.#options;
    const { signal } = this.#stopping;
    const reader = this.#store.openReader();
    while (!signal.aborted) {
      const delayMs = await this.#sealBatch(reader) ? PAUSE_MS : RETRY_MS;
      if (this.#isDone) break;
      await sleepUnless(signal, delayMs, setTimer);
    }
    reader.close();
  }

  /** Removes what the files have in the clear still: once it is done nobody looks again. */
  async #overwrite(): Promise<boolean> {
    const { signal } = this.#stopping;
    return await this.#store.reclaim(signal) && !signal.aborted;
  }

  get #isDone(): boolean {
    const { afterSeq, untilSeq } = this.#vault.clear;
    return afterSeq >= untilSeq;
  }

  /** Resolves to false if it must be tried again. */
  async #sealBatch(reader: EventReader): Promise<boolean> {
    try {
      const { afterSeq, untilSeq } = this.#vault.clear;
      const after = { seq: afterSeq, attemptSeq: Number.MAX_SAFE_INTEGER };
      const { events } = await reader.news(after, BATCH);
      const rows = events.filter(({ seq }) => seq <= untilSeq);
      const isSealed = await this.#vault.use(rows.map(ownerOf), async () => {
        await this.#vault.held.check();
        const stored = await Promise.all(rows.map(({ id }) => reader.get(id)));
        const sealed = stored.map((one) => one && sealAnew(one, this.#vault));
        const replaced = (await Promise.all(sealed)).flatMap((one) =>
          one ?? []
        );
        return await this.#store.replacePayloads(replaced);
      });
      if (!isSealed) return false;
      const last = rows.at(-1)?.seq ?? untilSeq;
      if (last >= untilSeq && !await this.#overwrite()) return false;
      await this.#vault.saveClear({ afterSeq: last, untilSeq });
      return true;
    } catch (error) {
      if (!this.#stopping.signal.aborted) tellFailure(error, this.#options);
      return false;
    }
  }
}
