// The dispatching side of a store whose payloads are sealed.

import type {
  AttemptRecord,
  LoadedDispatch,
  Outbox,
  Outboxes,
  OutboxesOptions,
  OutboxOptions,
  PastAttempt,
  Pause,
  PendingDispatch,
} from "../store/outbox.ts";
import { bodyPlace, outputPlace, type PayloadOwner } from "./places.ts";
import { sealedToText } from "./sealed_bytes.ts";
import { tellFailure } from "./tell_failure.ts";
import type { OwnerOptions } from "./sealed_reader.ts";
import type { Vault } from "./vault.ts";

/** The most tries of what another key seals meanwhile. */
const TRIES_MAX = 5;

/** Opens bodies, and seals outputs. */
export class SealedOutboxes implements Outboxes {
  readonly #outboxes: Outboxes;
  readonly #vault: Vault;
  readonly #options: OutboxesOptions & OwnerOptions;
  /** Outputs that are not passed on yet. */
  readonly #sealing = new Set<Promise<unknown>>();
  #known = 0;

  constructor(
    outboxes: Outboxes,
    vault: Vault,
    options: OutboxesOptions & OwnerOptions = {},
  ) {
    this.#outboxes = outboxes;
    this.#vault = vault;
    this.#options = options;
  }

  /** Keys that were found before it changed are forgotten. */
  get keyGeneration(): number {
    const { keyGeneration } = this.#outboxes;
    if (keyGeneration !== this.#known) this.#vault.forgetAll();
    return this.#known = keyGeneration;
  }

  async open(destination: string, options: OutboxOptions): Promise<Outbox> {
    const outbox = await this.#outboxes.open(destination, options);
    return new SealedOutbox(outbox, this.#vault, {
      ...this.#options,
      keyGeneration: () => this.keyGeneration,
      onSealing: (sealing) => {
        this.#sealing.add(sealing);
        void sealing.then(() => this.#sealing.delete(sealing));
      },
    });
  }

  pendingCounts(): Promise<ReadonlyMap<string, number>> {
    return this.#outboxes.pendingCounts();
  }

  pauses(): Promise<readonly Pause[]> {
    return this.#outboxes.pauses();
  }

  async close(): Promise<void> {
    await Promise.all(this.#sealing);
    await this.#outboxes.close();
    if (this.#options.isOwner) await this.#vault.close();
  }
}

interface SealedOutboxOptions extends OutboxesOptions {
  readonly keyGeneration: () => number;
  /** Called with a promise that never rejects. */
  readonly onSealing: (sealing: Promise<unknown>) => void;
}

class SealedOutbox implements Outbox {
  readonly #outbox: Outbox;
  readonly #vault: Vault;
  readonly #options: SealedOutboxOptions;
  /** By `seq`, from loading to recording. */
  readonly #loaded = new Map<number, PayloadOwner>();

  constructor(outbox: Outbox, vault: Vault, options: SealedOutboxOptions) {
    this.#outbox = outbox;
    this.#vault = vault;
    this.#options = options;
  }

  pending(
    page: { readonly afterSeq: number; readonly limit: number },
  ): Promise<readonly PendingDispatch[]> {
    return this.#outbox.pending(page);
  }

  async load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined> {
    for (let tries = 1;; tries++) {
      const loaded = await this.#outbox.load(dispatch);
      if (!loaded) return undefined;
      const { body } = loaded;
      this.#loaded.set(dispatch.seq, eventOf(loaded));
      if (loaded.unreadable) return loaded;
      const place = bodyPlace(eventOf(loaded));
      const opened = await this.#vault.openStored(body, place, dispatch.seq);
      if (opened.ok) return { ...loaded, body: opened.bytes };
      // It may be sealed anew, and its former key be destroyed.
      const { reason: unreadable } = opened;
      if (unreadable === "key-destroyed" && tries < TRIES_MAX) continue;
      return { ...loaded, body: new Uint8Array(), unreadable };
    }
  }

  async record(record: AttemptRecord): Promise<boolean> {
    const isStored = await this.#store(record);
    // A retry loads it anew; one that begins only now is recorded once more.
    if (isStored && record.outcome !== "unfinished") {
      this.#loaded.delete(record.seq);
    }
    return isStored;
  }

  lastAttempts(): Promise<readonly PastAttempt[]> {
    return this.#outbox.lastAttempts();
  }

  canBegin(dispatch: PendingDispatch): boolean {
    return this.#outbox.canBegin(dispatch);
  }

  close(): Promise<void> {
    return this.#outbox.close();
  }

  async #store(record: AttemptRecord): Promise<boolean> {
    const { keyGeneration: current, onSealing } = this.#options;
    if (record.output === "") return await this.#outbox.record(record);
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const keyGeneration = current();
      const sealing = this.#seal(record);
      onSealing(sealing);
      const output = await sealing;
      if (output === undefined) return false;
      const sealed = { ...record, output, keyGeneration };
      if (await this.#outbox.record(sealed)) return true;
      if (current() === keyGeneration) return false;
    }
    return false;
  }

  /** Resolves to nothing if it failed. */
  async #seal(record: AttemptRecord): Promise<string | undefined> {
    const { seq, objectId, output } = record;
    try {
      // Where the object is known, the event need not be.
      const event = this.#loaded.get(seq) ??
        (objectId === null ? undefined : { id: "", name: "", objectId });
      if (!event) throw new TypeError("it was not loaded");
      const bytes = new TextEncoder().encode(output);
      const place = outputPlace(event, record);
      return sealedToText(await this.#vault.seal(bytes, place));
    } catch (error) {
      tellFailure(error, this.#options);
      return undefined;
    }
  }
}

function eventOf(
  { eventId: id, eventName: name, objectId }: LoadedDispatch,
): PayloadOwner {
  return { id, name, objectId };
}
