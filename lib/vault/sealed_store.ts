// A store that has nothing of a payload in the clear, around any other.

import type { EventReader } from "../store/event_reader.ts";
import type { LinkBatch } from "../store/links.ts";
import type { Outboxes, OutboxesOptions } from "../store/outbox.ts";
import type {
  AcceptResult,
  ClientOptions,
  Delivery,
  ReplacedPayloads,
  Requeue,
  Store,
  StoreChange,
  StoreFault,
  StoreTicket,
} from "../store/store.ts";
import { ClearSealer } from "./clear_sealer.ts";
import { bodyPlace, ownerOf } from "./places.ts";
import { SealedOutboxes } from "./sealed_outboxes.ts";
import { SealedReader } from "./sealed_reader.ts";
import { tellFailure } from "./tell_failure.ts";
import type { Vault } from "./vault.ts";

/** Bodies that wait for their keys: as many as may wait for the store. */
const SEALING_BYTES_MAX = 64 << 20;

/** What a delivery takes beside its body while it waits. */
const DELIVERY_BYTES = 1_024;

/** Seals bodies and outputs on their way in, and opens them on their way out. */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #options: ClientOptions;
  readonly #sealer: ClearSealer;
  readonly warnings: readonly StoreFault[];
  #sealingBytes = 0;
  /** Resolves when the last delivery was passed on: they keep their order. */
  #turn: Promise<void> = Promise.resolve();
  #closing: Promise<boolean> | undefined;
  constructor(store: Store, vault: Vault, options: ClientOptions = {}) {
    this.#store = store;
    this.#vault = vault;
    this.#options = options;
    const { afterSeq, untilSeq } = vault.clear;
    const clear = untilSeq - afterSeq;
    this.warnings = clear > 0
      ? [...store.warnings, clearWarning(clear)]
      : store.warnings;
    this.#sealer = new ClearSealer(store, vault, options);
  }

  async accept(
    delivery: Delivery,
    destinations: readonly string[] = [],
  ): Promise<AcceptResult> {
    const bytes = DELIVERY_BYTES + delivery.body.length;
    if (this.#closing) return { ok: false, reason: "failed" };
    if (this.#sealingBytes + bytes > SEALING_BYTES_MAX) {
      return { ok: false, reason: "overloaded" };
    }
    this.#sealingBytes += bytes;
    const previous = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    return await this.#vault.use([ownerOf(delivery)], async () => {
      const sealed = await this.#seal(delivery);
      await previous;
      this.#sealingBytes -= bytes;
      const accepted = sealed && this.#store.accept(sealed, destinations);
      turn.resolve();
      return await accepted ?? { ok: false, reason: "failed" };
    });
  }

  link(batch: LinkBatch): Promise<boolean> {
    return this.#store.link(batch);
  }

  replacePayloads(replaced: readonly ReplacedPayloads[]): Promise<boolean> {
    return this.#store.replacePayloads(replaced);
  }

  requeue(requeue: Requeue): Promise<boolean> {
    return this.#store.requeue(requeue);
  }

  async probe(): Promise<boolean> {
    const probes = [this.#store.probe(), this.#vault.probe()];
    return (await Promise.all(probes)).every((isWell) => isWell);
  }

  publishLocalUrl(localUrl: string | null): Promise<boolean> {
    return this.#store.publishLocalUrl(localUrl);
  }

  openReader(): EventReader {
    return new SealedReader(this.#store.openReader(), this.#vault);
  }

  openOutboxes(options: OutboxesOptions = {}): Outboxes {
    const outboxes = this.#store.openOutboxes(options);
    return new SealedOutboxes(outboxes, this.#vault, options);
  }

  get ticket(): StoreTicket | null {
    return this.#store.ticket;
  }

  setPause(destination: string, sinceMs: number | null): Promise<boolean> {
    return this.#store.setPause(destination, sinceMs);
  }

  get logBytes(): number {
    return this.#store.logBytes;
  }

  onChange(listener: (change: StoreChange) => void): void {
    this.#store.onChange(listener);
  }

  close(): Promise<boolean> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<boolean> {
    await this.#sealer.stop();
    await this.#turn;
    const isClosed = await this.#store.close();
    await this.#vault.close();
    return isClosed;
  }

  /** Resolves to nothing if it failed. */
  async #seal(delivery: Delivery): Promise<Delivery | undefined> {
    try {
      const body = new Uint8Array(delivery.body);
      const [sealed, digest] = await Promise.all([
        this.#vault.seal(body, bodyPlace(delivery)),
        this.#vault.digest(body),
      ]);
      return { ...delivery, body: sealed, digest };
    } catch (error) {
      tellFailure(error, this.#options);
      return undefined;
    }
  }
}

function clearWarning(events: number): StoreFault {
  return {
    message:
      `${events} events from before there were keys are in the clear: they are being encrypted`,
    hint: "Older backups have them in the clear, too: remove those",
  };
}
