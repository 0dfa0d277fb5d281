/**
 * The contract of every key store: where the data keys lie that seal payloads, apart
 * from the events, so that a backup of the events alone is unreadable, and to destroy
 * an owner's keys reaches every backup.
 *
 * - **Durable.** What resolves would survive the loss of the machine's power.
 * - **Shared.** Several processes may use it at once.
 * - **Blind.** Data keys come wrapped; nothing here can open them.
 * - **Marked.** A destroyed key leaves its row without the key, so that what it sealed
 *   is known to be gone, not lost.
 *
 * All methods reject with a `StoreError`; with a `FatalStoreError` when nobody knows what
 * is durable.
 *
 * @module
 */

/** Names a data key: its owner may have had others before. */
export interface DataKeyName {
  /** The id of the object that it is for, or of an event without one. */
  readonly owner: string;
  /** Tells apart the keys of one owner. */
  readonly id: string;
}

/** A data key, encrypted by a key of the settings. */
export interface WrappedDataKey extends DataKeyName {
  /** The id of the key of the settings. */
  readonly wrappedBy: string;
  readonly wrapped: Uint8Array<ArrayBuffer>;
}

/** A data key that is to be wrapped by another key. */
export interface Rewrapping {
  readonly from: WrappedDataKey;
  readonly to: Pick<WrappedDataKey, "wrappedBy" | "wrapped">;
}

/** A data key that is stored. */
export interface StoredDataKey extends WrappedDataKey {
  /** True if it only opens what it has sealed: its owner gets another one. */
  readonly isRetired: boolean;
}

/** Data keys, each with its owner. */
export interface KeyStore {
  /**
   * Returns the living keys of owners, and stores the given one first where one has none
   * that is not retired; all in one transaction.
   *
   * @param candidates Fresh keys.
   */
  obtain(
    candidates: readonly WrappedDataKey[],
  ): Promise<readonly WrappedDataKey[]>;
  /** Returns a key: `"destroyed"` if it was, undefined if it was never here. */
  get(name: DataKeyName): Promise<WrappedDataKey | "destroyed" | undefined>;
  /**
   * Destroys the keys of owners; {@linkcode scrub} removes what files have left of them.
   *
   * @returns The number of keys destroyed.
   */
  destroy(owners: readonly string[]): Promise<number>;
  /**
   * Retires the keys of owners: they open what they have sealed, and seal nothing more.
   *
   * @returns All retired keys of the owners that are not destroyed.
   */
  retire(owners: readonly string[]): Promise<readonly DataKeyName[]>;
  /** Destroys retired keys; see {@linkcode destroy}. */
  destroyRetired(names: readonly DataKeyName[]): Promise<number>;
  /** Lists the keys that {@linkcode destroyRetired} destroyed. */
  replaced(): Promise<readonly DataKeyName[]>;
  /** Living keys that another key than the named one wraps, in order of their names. */
  wrappedByOthers(
    wrappedBy: string,
    page: { readonly after: DataKeyName | null; readonly limit: number },
  ): Promise<readonly StoredDataKey[]>;
  /** Replaces keys that are still as they were; returns how many. */
  rewrap(changes: readonly Rewrapping[]): Promise<number>;
  /** Removes from the files what was replaced, as far as nobody reads it. */
  scrub(): Promise<void>;
  /** Counts living keys by the key that wraps them. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Sealed facts about the store, by name. */
  notes(): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>>;
  /** Writes a note, unless there is one of that name. */
  addNote(name: string, note: Uint8Array): Promise<void>;
  /** Writes or replaces a note. */
  setNote(name: string, note: Uint8Array): Promise<void>;
  /**
   * Rejects if what was stored would be lost with this process, as files are gone.
   *
   * @returns A number that is another one whenever keys may have gone unnoticed: then
   *   {@linkcode missing} tells.
   */
  check(): Promise<number>;
  /** Returns the names that are not here, not even of destroyed keys. */
  missing(names: readonly DataKeyName[]): Promise<readonly DataKeyName[]>;
  /**
   * Stores keys that are not here, not even as destroyed ones; retired where their owner
   * has another one.
   */
  putBack(keys: readonly WrappedDataKey[]): Promise<void>;
  /** Rejects if that would damage what is left: then the process must end without it. */
  close(): Promise<void>;
}
