// Seals in the background what was stored before there were keys: little at a time, so
// that receiving never waits for it. A server that stops goes on after its next start.

import { type SetTimer, systemTimer } from "../clock.ts";
import type { EventReader, StoredEvent } from "../store/event_reader.ts";
import type { ClientOptions, ReplacedPayloads, Store } from "../store/store.ts";
import { bodyPlace, outputPlace, ownerOf } from "./places.ts";
import { isSealed, sealedFromText, sealedToText } from "./sealed_bytes.ts";
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
  #isStopped = false;
  #wakeUp = () => {};

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
    this.#isStopped = true;
    this.#wakeUp();
    await this.#working;
  }

  async #work(): Promise<void> {
    if (this.#isDone) return;
    const reader = this.#store.openReader();
    while (!this.#isDone && !this.#isStopped) {
      const delayMs = await this.#sealBatch(reader) ? PAUSE_MS : RETRY_MS;
      await this.#sleep(delayMs);
    }
    reader.close();
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
        const stored = await Promise.all(rows.map(({ id }) => reader.get(id)));
        const sealed = stored.map((one) => one && this.#seal(one));
        const replaced = (await Promise.all(sealed)).flatMap((one) =>
          one ?? []
        );
        return await this.#store.replacePayloads(replaced);
      });
      if (!isSealed) return false;
      const last = rows.at(-1)?.seq ?? untilSeq;
      await this.#vault.saveClear({ afterSeq: last, untilSeq });
      return true;
    } catch (error) {
      if (!this.#isStopped) tellFailure(error, this.#options);
      return false;
    }
  }

  async #seal(
    { row, body, dispatches }: StoredEvent,
  ): Promise<ReplacedPayloads | undefined> {
    if (body.length === 0 || isSealed(body)) return undefined;
    const from = new Uint8Array(body);
    const outputs = dispatches.flatMap(({ destination, attempts }) =>
      attempts.filter(({ output }) => output !== "" && !sealedFromText(output))
        .map(async ({ number, output }) => {
          const place = outputPlace(row, { seq: row.seq, destination, number });
          const bytes = new TextEncoder().encode(output);
          const to = sealedToText(await this.#vault.seal(bytes, place));
          return { destination, number, from: output, to };
        })
    );
    return {
      seq: row.seq,
      from,
      to: await this.#vault.seal(from, bodyPlace(row)),
      digest: await this.#vault.digest(from),
      outputs: await Promise.all(outputs),
    };
  }

  #sleep(delayMs: number): Promise<void> {
    if (this.#isStopped || this.#isDone) return Promise.resolve();
    const { setTimer = systemTimer } = this.#options;
    return new Promise((resolve) => {
      const cancel = setTimer(resolve, delayMs);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
  }
}
