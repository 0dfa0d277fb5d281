// A store that has nothing of a payload in the clear, around any other.

import type { AuditMark } from "../store/audit.ts";
import type { DestinationDigests } from "../store/destination_digests.ts";
import { setImmediate } from "node:timers";
import type { EraseOutcome, Erasure } from "../store/erasure.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { DeferredErasure, Hold } from "../store/holds.ts";
import type { LinkBatch } from "../store/links.ts";
import type { Outboxes, OutboxesOptions } from "../store/outbox.ts";
import type {
  AcceptResult,
  ClientOptions,
  Delivery,
  ReplacedPayloads,
  Requeue,
  SealingKeys,
  Store,
  StoreChange,
  StoreFault,
  StoreTicket,
} from "../store/store.ts";
import type {
  ExpiredEvent,
  Expiry,
  RetentionProgress,
} from "../store/retention.ts";
import { ClearSealer } from "./clear_sealer.ts";
import {
  groupBodies,
  groupSealer,
  sealedParts,
  type SealGroup,
} from "./body_group.ts";
import { ownerOf } from "./places.ts";
import { SealedOutboxes } from "./sealed_outboxes.ts";
import { SealedReader } from "./sealed_reader.ts";
import { tellFailure } from "./tell_failure.ts";
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

/** Events of an object that are looked at for one with a payload: newest first. */
const KEPT = 10_000;

/** Options of {@linkcode SealedStore}. */
export interface SealedStoreOptions extends ClientOptions {
  /**
   * Seals bodies elsewhere than in this thread, by the keys of the same vault.
   *
   * @default {groupSealer}
   */
  readonly sealGroup?: SealGroup | undefined;
}

/** Objects whose keys are destroyed at once: nothing is received meanwhile. */
const DESTROYED_MAX = 32;

/** Seals bodies and outputs on their way in, and opens them on their way out. */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #options: ClientOptions;
  readonly #sealGroup: SealGroup;
  readonly #sealer: ClearSealer;
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
    const { afterSeq, untilSeq } = vault.clear;
    const clear = untilSeq - afterSeq;
    this.warnings = clear > 0
      ? [...store.warnings, clearWarning(clear)]
      : store.warnings;
    this.#sealer = new ClearSealer(store, vault, options);
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
    const outcome = await this.#store.erase(erasure);
    if (outcome !== "erased") return outcome;
    const { objectIds, eventIds } = erasure;
    const isDestroyed = await this.#destroyKeys(objectIds, eventIds);
    return isDestroyed ? outcome : "failed";
  }

  leaseRetention(): Promise<boolean> {
    return this.#store.leaseRetention();
  }

  expire(expiry: Expiry): Promise<boolean> {
    return this.#store.expire(expiry);
  }

  async saveRetention(progress: RetentionProgress): Promise<boolean> {
    // Before the chunk counts as done.
    const { done = [] } = progress;
    const isOwner = ({ objectId }: ExpiredEvent) => objectId === null;
    const objectIds = new Set(done.flatMap(({ objectId }) => objectId ?? []));
    const eventIds = done.filter(isOwner).map(({ id }) => id);
    const isDestroyed = done.length === 0 ||
      await this.#destroyKeys([...objectIds], eventIds);
    return isDestroyed && await this.#store.saveRetention(progress);
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

  requeue(requeue: Requeue): Promise<boolean> {
    return this.#store.requeue(requeue);
  }

  async probe(): Promise<boolean> {
    const probes = [this.#store.probe(), this.#try(() => this.#vault.probe())];
    return (await Promise.all(probes)).every((isWell) => isWell);
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

  /**
   * Destroys the keys of what has no payload any more. Resolves to whether that is
   * durable.
   *
   * @param eventIds Events without an object.
   */
  async #destroyKeys(
    objectIds: readonly string[],
    eventIds: readonly string[] = [],
  ): Promise<boolean> {
    const reader = this.#store.openReader();
    const others: string[] = [];
    const isUnused = async (objectId: string) => {
      const rows = await reader.list({ objectIds: [objectId], limit: KEPT });
      const erased = rows.filter(({ status }) => status === "erased");
      others.push(...erased.map(ownerOf).filter((one) => one !== objectId));
      return rows.every((row) =>
        row.status === "erased" || ownerOf(row) !== objectId
      );
    };
    const alone = (action: () => Promise<void>) =>
      this.#store.exclusively(action);
    try {
      for (let i = 0; i < objectIds.length; i += DESTROYED_MAX) {
        const owners = objectIds.slice(i, i + DESTROYED_MAX);
        await this.#vault.destroy(owners, { isUnused, alone });
      }
      const ids = [...eventIds];
      const rows = await reader.list({ ids, limit: ids.length });
      const erased = rows.filter(({ status }) => status === "erased");
      await this.#vault.destroy([...others, ...erased.map(({ id }) => id)]);
      return true;
    } catch (error) {
      tellFailure(error, this.#options);
      return false;
    } finally {
      reader.close();
    }
  }

  /** Has nothing in the place of what could not be sealed. */
  async #seal(
    deliveries: readonly Delivery[],
  ): Promise<readonly (Delivery | undefined)[]> {
    const generation = this.#store.keyGeneration;
    const group = groupBodies(deliveries, generation);
    try {
      const faults = await this.#sealGroup(group);
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
