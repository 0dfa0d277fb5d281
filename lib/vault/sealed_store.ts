// A store that has nothing of a payload in the clear, around any other.

import type { AuditMark } from "../store/audit.ts";
import type { DestinationDigests } from "../store/destination_digests.ts";
import { setImmediate } from "node:timers";
import {
  erasedIdsOf,
  type EraseOutcome,
  type Erasure,
} from "../store/erasure.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { DeferredErasure, Hold } from "../store/holds.ts";
import type { LinkBatch } from "../store/links.ts";
import type { Outboxes, OutboxesOptions } from "../store/outbox.ts";
import type {
  AcceptResult,
  Delivery,
  ReplacedPayloads,
  Requeue,
  SealingKeys,
  Store,
  StoreChange,
  StoreTicket,
} from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import type { StoreFault } from "../store/store_fault.ts";
import type { Expiry, RetentionProgress } from "../store/retention.ts";
import { ClearSealer } from "./clear_sealer.ts";
import {
  type BodyGroup,
  groupBodies,
  groupSealer,
  sealedParts,
  type SealGroup,
} from "./body_group.ts";
import { ownerOf } from "./places.ts";
import { putBackKeys, type ServerKeyHolder } from "./put_back_keys.ts";
import { SealedOutboxes } from "./sealed_outboxes.ts";
import { SealedReader } from "./sealed_reader.ts";
import { tellFailure } from "./tell_failure.ts";
import { UnusedKeys, type UnusedKeysOptions } from "./unused_keys.ts";
import type { Vault } from "./vault.ts";

/** Deliveries that wait to be sealed: as many as may wait for the store. */
const WAITING_BYTES_MAX = 64 << 20;

/** Deliveries that are sealed at once, and their bytes unless it is a single one. */
const GROUP_MAX = 64;
const GROUP_BYTES_MAX = 4 << 20;

/** The bytes that a delivery takes beside its body while it waits. */
const DELIVERY_BYTES = 1_024;

const FAILED = { ok: false, reason: "failed" } as const;

interface WaitingDelivery {
  readonly delivery: Delivery;
  readonly destinations: readonly string[];
  readonly resolve: (result: Promise<AcceptResult>) => void;
}

/** Events whose data keys are destroyed at once: no person has more. */
const EVENTS_MAX = 10_000;

/** Options of {@linkcode SealedStore}. */
export interface SealedStoreOptions extends UnusedKeysOptions {
  /**
   * Seals bodies elsewhere than in this thread, by the keys of the same vault.
   *
   * @default {groupSealer}
   */
  readonly sealGroup?: SealGroup | undefined;
  /**
   * Has the keys that it seals with.
   *
   * @default {HeldKeys} Those of the vault.
   */
  readonly keyHolder?: ServerKeyHolder | undefined;
}

/** Seals bodies and outputs on their way in, and opens them on their way out. */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #options: ClientOptions;
  readonly #sealGroup: SealGroup;
  readonly #keyHolder: ServerKeyHolder;
  #puttingBack: Promise<boolean> | undefined;
  readonly #sealer: ClearSealer;
  readonly #unusedKeys: UnusedKeys;
  readonly warnings: readonly StoreFault[];
  readonly #waiting: WaitingDelivery[] = [];
  #waitingBytes = 0;
  #sealing: Promise<void> | undefined;
  #closing: Promise<boolean> | undefined;

  constructor(store: Store, vault: Vault, options: SealedStoreOptions = {}) {
    this.#store = store;
    this.#vault = vault;
    this.#options = options;
    this.#sealGroup = options.sealGroup ?? groupSealer(vault, options);
    this.#keyHolder = options.keyHolder ?? vault.held;
    const { afterSeq, untilSeq } = vault.clear;
    const clear = untilSeq - afterSeq;
    this.warnings = clear > 0
      ? [...store.warnings, clearWarning(clear)]
      : store.warnings;
    this.#sealer = new ClearSealer(store, vault, options);
    this.#unusedKeys = new UnusedKeys(store, vault, options);
  }

  accept(
    delivery: Delivery,
    destinations: readonly string[] = [],
  ): Promise<AcceptResult> {
    if (this.#closing) return Promise.resolve(FAILED);
    const bytes = bytesOf(delivery);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      return Promise.resolve({ ok: false, reason: "overloaded" });
    }
    this.#waitingBytes += bytes;
    return new Promise((resolve) => {
      this.#waiting.push({ delivery, destinations, resolve });
      this.#sealing ??= this.#sealWaiting();
    });
  }

  /** In groups, so that the store has as many at once as it would have without keys. */
  async #sealWaiting(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const passedOn = Promise.withResolvers<void>();
      const group = this.#takeGroup();
      const owners = group.map(({ delivery }) => ownerOf(delivery));
      void this.#vault.use(
        owners,
        () => this.#passOn(group, passedOn.resolve),
      );
      await passedOn.promise;
    }
    this.#sealing = undefined;
  }

  #takeGroup(): WaitingDelivery[] {
    let [count, bytes] = [0, 0];
    for (const { delivery } of this.#waiting) {
      bytes += delivery.body.length;
      if (count === GROUP_MAX || (count > 0 && bytes > GROUP_BYTES_MAX)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Resolves when all of it is stored, and calls back when the store has it. */
  async #passOn(
    group: readonly WaitingDelivery[],
    onPassedOn: () => void,
  ): Promise<void> {
    const sealed = await this.#seal(group.map(({ delivery }) => delivery));
    const accepted = group.map(({ delivery, destinations, resolve }, i) => {
      this.#waitingBytes -= bytesOf(delivery);
      const one = sealed[i];
      const result = one
        ? this.#store.accept(one, destinations)
        : Promise.resolve(FAILED);
      resolve(result);
      return result;
    });
    onPassedOn();
    await Promise.all(accepted);
  }

  link(batch: LinkBatch): Promise<boolean> {
    return this.#store.link(batch);
  }

  replacePayloads(replaced: readonly ReplacedPayloads[]): Promise<boolean> {
    return this.#store.replacePayloads(replaced);
  }

  bindKeyStore(keys: SealingKeys): Promise<boolean> {
    return this.#store.bindKeyStore(keys);
  }

  async erase(erasure: Erasure): Promise<EraseOutcome> {
    let outcome: EraseOutcome = "failed";
    const { objectIds } = erasure;
    await this.#unusedKeys.noting(async () => {
      if (!await this.#unusedKeys.retire(objectIds)) return undefined;
      outcome = await this.#store.erase(erasure);
      if (outcome !== "erased") return undefined;
      const find = (reader: EventReader) => ownersOf(erasure, reader);
      if (await this.#unusedKeys.destroy(find, objectIds)) {
        return erasedIdsOf(erasure).length;
      }
      outcome = "failed";
      return undefined;
    });
    return outcome;
  }

  leaseRetention(): Promise<boolean> {
    return this.#store.leaseRetention();
  }

  async expire(expiry: Expiry): Promise<readonly number[] | null> {
    let erased: readonly number[] | null = null;
    await this.#unusedKeys.noting(async () => {
      const seqs = await this.#store.expire(expiry);
      if (!seqs) return undefined;
      const owners = [...new Set(expiry.events.map(ownerOf))];
      if (!await this.#unusedKeys.destroy(() => owners)) return undefined;
      erased = seqs;
      return seqs.length > 0 ? 1 : 0;
    });
    return erased;
  }

  saveRetention(progress: RetentionProgress): Promise<boolean> {
    return this.#store.saveRetention(progress);
  }

  reclaim(signal?: AbortSignal): Promise<boolean> {
    return this.#store.reclaim(signal);
  }

  setHolds(holds: readonly Hold[]): Promise<boolean> {
    return this.#store.setHolds(holds);
  }

  removeHold(token: string): Promise<boolean> {
    return this.#store.removeHold(token);
  }

  deferErasures(erasures: readonly DeferredErasure[]): Promise<boolean> {
    return this.#store.deferErasures(erasures);
  }

  get keyGeneration(): number {
    return this.#store.keyGeneration;
  }

  exclusively(action: () => Promise<void>): Promise<void> {
    return this.#store.exclusively(action);
  }

  withUnerased(
    ...request: Parameters<Store["withUnerased"]>
  ): Promise<void> {
    return this.#store.withUnerased(...request);
  }

  requeue(requeue: Requeue): Promise<boolean> {
    return this.#store.requeue(requeue);
  }

  async probe(): Promise<boolean> {
    const probes = [this.#store.probe(), this.#try(() => this.#probeKeys())];
    return (await Promise.all(probes)).every((isWell) => isWell);
  }

  /** What seals has keys of its own in memory. */
  async #probeKeys(): Promise<boolean> {
    await this.#sealed(groupBodies([], this.#store.keyGeneration));
    return await this.#vault.probe();
  }

  publishLocalUrl(localUrl: string | null): Promise<boolean> {
    return this.#store.publishLocalUrl(localUrl);
  }

  openReader(options?: { readonly isBrief?: boolean }): EventReader {
    return new SealedReader(this.#store.openReader(options), this.#vault);
  }

  openOutboxes(options: OutboxesOptions = {}): Outboxes {
    const outboxes = this.#store.openOutboxes(options);
    return new SealedOutboxes(outboxes, this.#vault, options);
  }

  get ticket(): StoreTicket | null {
    return this.#store.ticket;
  }

  publishDestinations(destinations: DestinationDigests): Promise<boolean> {
    return this.#store.publishDestinations(destinations);
  }

  auditMark(): Promise<AuditMark | null> {
    return this.#store.auditMark();
  }

  rememberAudit(mark: AuditMark): Promise<boolean> {
    return this.#store.rememberAudit(mark);
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
    await this.#unusedKeys.stop();
    await this.#sealing;
    const isClosed = await this.#store.close();
    const areKeysClosed = await this.#try(async () => {
      await this.#vault.close();
      return true;
    });
    return isClosed && areKeysClosed;
  }

  /** Returns false if it fails, and tells why. */
  async #try(action: () => Promise<boolean>): Promise<boolean> {
    try {
      return await action();
    } catch (error) {
      tellFailure(error, this.#options);
      return false;
    }
  }

  /** Seals, and where the key store lacks keys puts those back first. */
  async #sealed(group: BodyGroup): ReturnType<SealGroup> {
    try {
      return await this.#sealGroup(group);
    } catch (error) {
      this.#puttingBack ??= putBackKeys(this.#keyHolder, this, this.#options)
        .finally(() => this.#puttingBack = undefined);
      if (!await this.#puttingBack) throw error;
      return await this.#sealGroup(group);
    }
  }

  /** Has nothing in the place of what could not be sealed. */
  async #seal(
    deliveries: readonly Delivery[],
  ): Promise<readonly (Delivery | undefined)[]> {
    const generation = this.#store.keyGeneration;
    const group = groupBodies(deliveries, generation);
    try {
      const faults = await this.#sealed(group);
      return deliveries.map((delivery, i) => {
        const [event, fault] = [group.events[i], faults[i]];
        if (event && !fault) {
          const again = async () => (await this.#seal([delivery]))[0];
          const sealed = { generation, again };
          return { ...delivery, ...sealedParts(group, event), sealed };
        }
        if (fault) this.#options.onFailure?.(fault);
        return undefined;
      });
    } catch (error) {
      tellFailure(error, this.#options);
      return [];
    }
  }
}

/** The owners of keys that an erasure was of, of what told of it, too. */
async function ownersOf(
  { objectIds, eventIds: ids }: Erasure,
  reader: EventReader,
): Promise<string[]> {
  const limit = EVENTS_MAX;
  const told = { objectIds, names: ["*.redacted"], isErased: true, limit };
  const events = await reader.list({ ids, limit });
  const tellers = await reader.list(told);
  return [...objectIds, ...[...events, ...tellers].map(ownerOf)];
}

function bytesOf({ body }: Delivery): number {
  return DELIVERY_BYTES + body.length;
}

function clearWarning(events: number): StoreFault {
  return {
    message:
      `${events} events from before there were keys are in the clear: they are being encrypted`,
    hint: "Older backups have them in the clear, too: remove those",
  };
}
