/**
 * The contract of every store.
 *
 * - **Durable.** `accept()` returns `ok` only if the event would survive the
 *   loss of this process and of the machine's power; so does `record()`.
 * - **Once.** An event id is stored once; later copies only count as duplicates.
 * - **Exact.** Bodies are kept byte for byte.
 * - **Whole.** An event is stored with all of its dispatches, or not at all, and an
 *   attempt with what it means for its dispatch.
 * - **Numbered.** An attempt that is recorded again with its number replaces the first
 *   record.
 * - **Ordered.** `seq` follows the order of commits, whichever client commits.
 * - **Honest.** When it cannot store it says so, acknowledges nothing, and
 *   works again as soon as the cause is gone. A failed sync is fatal instead.
 *
 * The store is the hub: {@linkcode Store} receives and {@linkcode Outboxes} dispatch,
 * each with a connection and a group commit of its own.
 *
 * Times are milliseconds since the Unix epoch. `seq` is the order of arrival of
 * events, and with the name of a destination it identifies a dispatch.
 *
 * @module
 */

import type { ClientOptions } from "./client_options.ts";
import type { StoreFault } from "./store_fault.ts";
import type { AuditMark } from "./audit.ts";
import type { DestinationDigests } from "./destination_digests.ts";
import type { DeliveryHeaders } from "../persona/delivery_headers.ts";
import type { Envelope } from "../persona/envelope.ts";
import type { EraseOutcome, Erasure } from "./erasure.ts";
import type { EventReader } from "./event_reader.ts";
import type { DeferredErasure, Hold } from "./holds.ts";
import type { LinkBatch } from "./links.ts";
import type { DispatchKey, Outboxes, OutboxesOptions } from "./outbox.ts";
import type { RetentionStore } from "./retention.ts";

/** A delivery that can be stored. */
export interface Delivery extends Envelope, DeliveryHeaders {
  readonly receivedAtMs: number;
  /** Identifies the secret; null if unsigned. */
  readonly secretFingerprint: string | null;
  readonly contentType: string | null;
  /** Its headers as JSON, for people to look at. */
  readonly headers?: string | null;
  /** The raw body; must not be modified. */
  readonly body: Uint8Array;
  /**
   * Identifies the body where its bytes do not, as they are encrypted: the same for every
   * copy of an event.
   */
  readonly digest?: Uint8Array;
  /** Present if it is encrypted by a key that another process may destroy. */
  readonly sealed?: SealedState;
  /** True if a rule of retention keeps it from all erasures, also from earlier ones. */
  readonly isKept?: boolean;
  /** Returns the tokens of the links in its body, encrypted or not: see `links.ts`. */
  readonly linkTokens?: () => readonly string[];
}

/** The encryption of a delivery. */
export interface SealedState {
  /** {@linkcode Store.keyGeneration} before its key was found. */
  readonly generation: number;
  /** Encrypts it anew, by a key that is living now; undefined if that failed. */
  readonly again: () => Promise<Delivery | undefined>;
}

/** The result of storing a delivery. */
export type AcceptResult =
  | {
    readonly ok: true;
    /** True if the event was stored before. */
    readonly duplicate: boolean;
    /** Present if it was, with a different body. */
    readonly differs?: true;
  }
  | {
    readonly ok: false;
    /** `overloaded`: too many deliveries wait; `failed`: the store fails. */
    readonly reason: "overloaded" | "failed";
  };

/** Dispatches to be sent again. */
export interface Requeue {
  readonly keys: readonly DispatchKey[];
  readonly dueAtMs: number;
  /**
   * Skips dispatches that are done or do not exist yet. A running attempt then still
   * decides about its dispatch.
   *
   * @default {false}
   */
  readonly onlyUnfinished?: boolean;
}

/** Payloads of an event, replaced by others that mean the same. */
export interface ReplacedPayloads {
  readonly seq: number;
  /** Absent if it stays as it is. */
  readonly body?: {
    /** The body as it is stored. */
    readonly from: Uint8Array;
    readonly to: Uint8Array;
    readonly digest: Uint8Array;
  };
  readonly outputs: readonly {
    readonly destination: string;
    /** The number of the attempt. */
    readonly number: number;
    /** The output as it is stored. */
    readonly from: string;
    readonly to: string;
  }[];
}

/** The keys by which payloads are sealed. */
export interface SealingKeys {
  /** Tells the key store from all others: lower-case hexadecimal digits. */
  readonly keyStoreId: string;
  /** The ids of the keys of the settings. */
  readonly keyIds: readonly string[];
}

/** A commit that made dispatches pending. */
export interface StoreChange {
  /**
   * The first event of which a dispatch was made pending again, by `seq`; absent when
   * only new events came, which follow all that was read before.
   */
  readonly fromSeq?: number;
}

/** Opens the outboxes of an open store in another thread; can be posted to it. */
export interface StoreTicket {
  readonly url: string;
  /** Shared by the clients of one process. */
  readonly shared: SharedArrayBuffer;
}

/** The owner of a data key that was found. */
export interface FoundOwner {
  readonly owner: string;
  /** {@linkcode Store.keyGeneration} before it was found. */
  readonly generation: number;
}

/** The receiving side of a store: it accepts deliveries and makes dispatches pending. */
export interface Store extends RetentionStore {
  /**
   * Stores a delivery and a dispatch, due at once, for each destination; resolves
   * once both are durable. Never rejects.
   *
   * @param destinations Names; a duplicate is not dispatched again.
   */
  accept(
    delivery: Delivery,
    destinations?: readonly string[],
  ): Promise<AcceptResult>;
  /** Adds to the index of links. Resolves to whether that is durable. */
  link(batch: LinkBatch): Promise<boolean>;
  /**
   * Replaces payloads, each unless it is another by now; of old ones nothing is left in
   * the files of a store that is closed. Resolves to whether that is durable.
   */
  replacePayloads(replaced: readonly ReplacedPayloads[]): Promise<boolean>;

  /**
   * Remembers the key store of payloads, unless there is one already: from then on
   * nothing is stored in the clear, by whichever client. Resolves to whether one is
   * durable; {@linkcode EventReader.keyStoreId} tells which.
   */
  bindKeyStore(keys: SealingKeys): Promise<boolean>;
  /**
   * Erases payloads of objects for good, in all files of the store; duplicates of their
   * events stay duplicates. Deferred erasures of them are done with that.
   */
  erase(erasure: Erasure): Promise<EraseOutcome>;
  /**
   * Puts something on hold, each in the place of a hold with the same token; a whole one
   * with all of its parts. Resolves to whether that is durable: then nothing erases it
   * any more.
   */
  setHolds(holds: readonly Hold[]): Promise<boolean>;
  /**
   * Ends a hold, and its parts. Resolves to whether that is durable.
   *
   * @param token What identifies it.
   */
  removeHold(token: string): Promise<boolean>;
  /** Remembers erasures that a hold stopped. Resolves to whether that is durable. */
  deferErasures(erasures: readonly DeferredErasure[]): Promise<boolean>;
  /**
   * Another number each time that keys may have been destroyed by another process: what
   * was encrypted before is encrypted anew before it is stored.
   */
  readonly keyGeneration: number;
  /**
   * Runs an action while nothing is stored, by whichever process, which then finds the
   * keys anew. Rejects as the action does, or if that cannot be had.
   */
  exclusively(action: () => Promise<void>): Promise<void>;
  /**
   * Runs an action while nothing is erased, by whichever process. Rejects as the action
   * does, or if that cannot be had.
   *
   * @param action Receives those owners of whom nothing was erased since their keys were
   *   found: if anything was, of anyone, those of whom nothing ever was.
   */
  withUnerased(
    found: readonly FoundOwner[],
    action: (owners: readonly string[]) => Promise<void>,
  ): Promise<void>;
  /** Makes dispatches pending, new ones too. Resolves to whether that is durable. */
  requeue(requeue: Requeue): Promise<boolean>;
  /**
   * Writes and removes something. Resolves to whether `accept()` would succeed now and
   * the store keeps up with what it has accepted.
   */
  probe(): Promise<boolean>;
  /**
   * Publishes the URL of this process's local listener to other processes. Resolves to
   * whether it is stored.
   *
   * @param localUrl The URL; null if there is none.
   */
  publishLocalUrl(localUrl: string | null): Promise<boolean>;
  /**
   * Publishes the destinations of this process to others that share the store. Resolves
   * to whether they are stored, or will be together with the URL.
   */
  publishDestinations(destinations: DestinationDigests): Promise<boolean>;
  /**
   * Pauses a destination, or resumes it, over restarts and for all that share the store.
   * Attempts under way end. Resolves to whether that is durable.
   *
   * @param sinceMs The time; kept if it is paused already. Null resumes it.
   */
  setPause(destination: string, sinceMs: number | null): Promise<boolean>;
  /**
   * Reads the record of the audit trail that was remembered last; null if none was, or
   * if the trail is in the store itself.
   *
   * @throws {StoreError} If it cannot be read.
   */
  auditMark(): Promise<AuditMark | null>;
  /**
   * Remembers the newest record of the audit trail, which a trail must have from then
   * on. Resolves to whether that is durable.
   */
  rememberAudit(mark: AuditMark): Promise<boolean>;
  /**
   * Opens a reader that blocks nothing else, however much it reads.
   *
   * @param options `isBrief` saves a thread: for a few small reads, such as at the start.
   * @throws {StoreError} If it cannot be opened.
   */
  openReader(options?: { readonly isBrief?: boolean }): EventReader;
  /**
   * Opens the dispatching side in this thread.
   *
   * @throws {StoreError} If it cannot be opened.
   */
  openOutboxes(options?: OutboxesOptions): Outboxes;
  /** For `openOutboxes()` in another thread; null if only this thread can. */
  readonly ticket: StoreTicket | null;
  /** Likely mistakes in the settings of a database server; empty without one. */
  readonly warnings: readonly StoreFault[];
  /** Durable bytes that are still in a log. */
  readonly logBytes: number;
  /** Calls back after every commit that made dispatches pending. */
  onChange(listener: (change: StoreChange) => void): void;
  /**
   * Finishes pending writes and closes the files. Resolves to false if the store is
   * damaged: then it stays open, and the process must end without closing it.
   */
  close(): Promise<boolean>;
}

/** Options of a store. */
export interface StoreOptions extends ClientOptions {
  /** Called with what is found out in the background after the start. */
  readonly onWarning?: (warning: StoreFault) => void;
  /** The largest possible body. */
  readonly bodyBytesMax: number;
  /**
   * The URL of the data keys, unless they are beside the store: a database of their own
   * has the log of erasures, too.
   */
  readonly keyStoreUrl?: string | null;
  /** Makes a log of erasures that is lost or cut anew, of what the store knows. */
  readonly rebuildsErasureLog?: boolean;
  /** Called when checkpoints begin to fail; with null once they work again. */
  readonly onLogFault?: (fault: StoreFault | null) => void;
  /**
   * Called when servers that share the store begin to disagree about their destinations;
   * with null once they agree.
   */
  readonly onDisagreement?: (fault: StoreFault | null) => void;
}
