// Seals what is stored of people, and opens it again.

import { createHmac } from "node:crypto";
import { encodeHex } from "@std/encoding/hex";
import { StoreError } from "../errors.ts";
import type {
  DataKeyName,
  KeyStore,
  StoredDataKey,
} from "../store/key_store.ts";
import type { UnreadableReason } from "../store/unreadable.ts";
import {
  decrypt,
  encryptInto,
  type Encryption,
  type SealContext,
} from "./aead.ts";
import { type ClearKey, type DataKey, DataKeys } from "./data_keys.ts";
import { HeldKeys, INDEX_OWNER } from "./held_keys.ts";
import type { Keyring } from "./keyring.ts";
import { OwnerLocks } from "./owner_locks.ts";
import {
  HEADER_BYTES,
  isSealed,
  readSealed,
  SEAL_BYTES,
  writeHeader,
} from "./sealed_bytes.ts";

/** The place of what is sealed. */
export interface SealPlace {
  /** The owner of its data key. */
  readonly owner: string;
  /** The place that it is bound to. */
  readonly context: SealContext;
  /** The place that an older version bound it to; what is sealed now does not open by it. */
  readonly former?: SealContext;
}

/** A payload, and where it goes when it is sealed: {@linkcode SEAL_BYTES} longer. */
export interface ClearPayload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly place: SealPlace;
  readonly target: Uint8Array;
}

/** The events that may be in the clear, as they were stored before there were keys. */
export interface ClearRange {
  readonly afterSeq: number;
  readonly untilSeq: number;
}

/** The name of the note of the range. */
const CLEAR_NOTE = "clear";

/** The name and size of the note that only shows that one can be written. */
const PROBE_NOTE = "probe";
const PROBE_BYTES = 16;

/** The result of opening. */
export type Opened =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: UnreadableReason };

/** Options of {@linkcode Vault.retire}. */
export interface RetireOptions {
  /** Runs an action while no other process stores what it has sealed. */
  readonly alone?: (action: () => Promise<void>) => Promise<void>;
}

/** Options of {@linkcode Vault.destroy}. */
export interface DestroyOptions extends RetireOptions {
  /**
   * Returns the owners of whom nothing is left that their keys have sealed; asked when
   * nothing can be sealed with them.
   */
  readonly unusedOf?: (owners: readonly string[]) => Promise<readonly string[]>;
}

/** The data keys of a store, and what is done with them. */
export class Vault {
  /** What it seals with. */
  readonly held: HeldKeys;
  readonly #store: KeyStore;
  readonly #keys: DataKeys;
  readonly #locks = new OwnerLocks();
  #indexKey: Promise<ClearKey> | undefined;
  #closing: Promise<void> | undefined;
  #clear: ClearRange = { afterSeq: 0, untilSeq: Number.MAX_SAFE_INTEGER };

  constructor(keyring: Keyring, store: KeyStore) {
    this.#store = store;
    this.#keys = new DataKeys(keyring, store);
    this.held = new HeldKeys(this.#keys, store, () => this.#indexKey);
  }

  /** The events that may be in the clear: all of them, as long as nothing was sealed. */
  get clear(): ClearRange {
    return this.#clear;
  }

  set clear(clear: ClearRange) {
    this.#clear = clear;
  }

  /**
   * Reads what {@linkcode saveClear} saved.
   *
   * @returns False if nothing was sealed yet.
   */
  async loadClear(): Promise<boolean> {
    const clear = await this.readNote<ClearRange>(CLEAR_NOTE);
    if (clear) this.#clear = clear;
    return clear !== undefined;
  }

  /** Saves the range. */
  async saveClear(clear: ClearRange): Promise<void> {
    await this.writeNote(CLEAR_NOTE, clear);
    this.#clear = clear;
  }

  /**
   * Reads a sealed note of the key store; undefined if there is none.
   *
   * @throws {StoreError} If it cannot be read, or was changed.
   */
  async readNote<Note>(name: string): Promise<Note | undefined> {
    const note = (await this.#store.notes()).get(name);
    if (!note) return undefined;
    const opened = await this.open(note, notePlace(name));
    if (!opened.ok) throw damagedNote();
    return JSON.parse(new TextDecoder().decode(opened.bytes));
  }

  /** Writes or replaces a sealed note of the key store. */
  async writeNote(name: string, value: object): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    await this.#store.setNote(name, await this.seal(bytes, notePlace(name)));
  }

  /**
   * Uses the keys of owners: they are not destroyed meanwhile.
   *
   * @param action Seals, and stores what was sealed; begins at once unless one of the
   *   keys is being destroyed.
   */
  use<Result>(
    owners: readonly string[],
    action: () => Promise<Result>,
  ): Promise<Result> {
    return this.#locks.use(owners, action);
  }

  /**
   * Seals.
   *
   * @throws {StoreError} If there is no key and none can be made.
   */
  async seal(
    bytes: Uint8Array<ArrayBuffer>,
    { owner, context }: SealPlace,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const target = new Uint8Array(bytes.length + SEAL_BYTES);
    const current = await this.#keys.current([owner])[0]!;
    await sealInto(target, current, { bytes, context });
    return target;
  }

  /**
   * Seals many at once, so that those of new owners get their keys together. One rejects
   * with a `StoreError` if there is no key and none can be made.
   */
  sealInto(payloads: readonly ClearPayload[]): readonly Promise<void>[] {
    const owners = payloads.map(({ place }) => place.owner);
    const keys = this.#keys.current(owners);
    return payloads.map(async ({ bytes, place: { context }, target }, i) => {
      await sealInto(target, await keys[i]!, { bytes, context });
    });
  }

  /** Forgets keys of owners that are about to be destroyed. */
  forget(owners: readonly string[]): void {
    this.#keys.forget(owners);
  }

  /** Forgets all keys if others may have destroyed some: see {@linkcode Store.keyGeneration}. */
  renew(generation: number): void {
    if (generation !== this.#keys.generation) this.#keys.forgetAll();
    this.#keys.generation = generation;
  }

  /** Forgets all keys: others may have destroyed some. */
  forgetAll(): void {
    this.#keys.forgetAll();
  }

  /**
   * Opens what is stored of an event, sealed or from before there were keys.
   *
   * @throws {StoreError} If the key store cannot be read.
   */
  async openStored(
    bytes: Uint8Array<ArrayBuffer>,
    place: SealPlace,
    seq: number,
  ): Promise<Opened> {
    if (isSealed(bytes)) return await this.open(bytes, place);
    if (bytes.length === 0) return { ok: false, reason: "erased" };
    const { afterSeq, untilSeq } = this.#clear;
    return seq > afterSeq && seq <= untilSeq
      ? { ok: true, bytes }
      : { ok: false, reason: "changed" };
  }

  /**
   * Opens.
   *
   * @throws {StoreError} If the key store cannot be read.
   */
  async open(
    bytes: Uint8Array<ArrayBuffer>,
    { owner, context, former }: SealPlace,
  ): Promise<Opened> {
    const parts = readSealed(bytes);
    if (!parts) return { ok: false, reason: "changed" };
    const key = await this.#keys.find({ owner, id: parts.keyId });
    if (!(key instanceof CryptoKey)) return { ok: false, reason: key };
    const opened = await decrypt(key, parts.sealed, context) ??
      (former && await decrypt(key, parts.sealed, former));
    return opened
      ? { ok: true, bytes: opened }
      : { ok: false, reason: "changed" };
  }

  /**
   * Identifies bytes without giving them away.
   *
   * @throws {StoreError} If the key cannot be read.
   */
  async digest(
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<Uint8Array<ArrayBuffer>> {
    // At once, and not by WebCrypto: to wake another thread takes longer than the digest.
    const { bytes: key } = await this.#index();
    const mac = createHmac("sha256", key).update(bytes);
    return new Uint8Array(mac.digest());
  }

  /**
   * Returns the key of the tokens of links: see {@linkcode LinkProgress}.
   *
   * @throws {StoreError} If the key cannot be read.
   */
  linkKey(): Promise<Uint8Array<ArrayBuffer>> {
    // A body, of which there may be a digest by the same key, is another text.
    return this.digest(new TextEncoder().encode("links"));
  }

  /**
   * Tells the key store from all others, over copies, backups and rewrapping.
   *
   * @returns Hexadecimal digits; null if the key store is new.
   * @throws {StoreError} If the key cannot be read.
   */
  async keyStoreId(): Promise<string | null> {
    if ((await this.#store.notes()).size === 0) return null;
    const name = new TextEncoder().encode("key store");
    return encodeHex(await this.digest(name));
  }

  /**
   * Destroys all keys of owners for good, once nothing is being sealed with them. What
   * they own later gets new ones.
   *
   * @throws {StoreError} If that is not durable.
   */
  async destroy(
    owners: readonly string[],
    {
      unusedOf = (owners) => Promise.resolve(owners),
      alone = (action) => action(),
    }: DestroyOptions = {},
  ): Promise<number> {
    let count = 0;
    await this.#locks.lock(named(owners), async (owners) => {
      await alone(async () => {
        const unused = await unusedOf(owners);
        this.#keys.forget(unused);
        count = await this.#store.destroy(unused);
      });
      if (count > 0) await this.#store.scrub();
    });
    return count;
  }

  /**
   * Retires the keys of owners, once nothing is being sealed with them: what they own
   * later gets new ones, and what they have opens until {@linkcode destroyRetired}.
   *
   * @returns All retired keys of the owners.
   * @throws {StoreError} If that is not durable.
   */
  async retire(
    owners: readonly string[],
    { alone = (action) => action() }: RetireOptions = {},
  ): Promise<readonly DataKeyName[]> {
    let names: readonly DataKeyName[] = [];
    await this.#locks.lock(named(owners), (owners) =>
      alone(async () => {
        names = await this.#store.retire(owners);
        this.#keys.forget(owners);
      }));
    return names;
  }

  /**
   * Destroys retired keys for good, which seal nothing any more.
   *
   * @throws {StoreError} If that is not durable.
   */
  async destroyRetired(names: readonly DataKeyName[]): Promise<void> {
    const count = await this.#store.destroyRetired(names);
    this.#keys.forget([]);
    if (count > 0) await this.#store.scrub();
  }

  /** Lists retired keys that were destroyed; rejects if that cannot be read. */
  replaced(): Promise<readonly DataKeyName[]> {
    return this.#store.replaced();
  }

  /**
   * Lists living keys.
   *
   * @param page `after` is the last one of the page before.
   * @throws {StoreError} If the key store cannot be read.
   */
  async owners(
    page: { readonly after: DataKeyName | null; readonly limit: number },
  ): Promise<readonly StoredDataKey[]> {
    // No key of the settings has an empty id.
    return await this.#store.wrappedByOthers("", page);
  }

  /**
   * Returns whether the key store has what it must, and takes more; rejects if it cannot
   * be read or written.
   */
  async probe(): Promise<boolean> {
    if ((await this.#store.notes()).size === 0) return false;
    // SQLite does not write what is there already.
    const note = crypto.getRandomValues(new Uint8Array(PROBE_BYTES));
    await this.#store.setNote(PROBE_NOTE, note);
    return true;
  }

  /** Closes the key store; see {@linkcode KeyStore.close}. */
  close(): Promise<void> {
    return this.#closing ??= this.#store.close();
  }

  #index(): Promise<ClearKey> {
    if (this.#indexKey) return this.#indexKey;
    const index = this.#keys.obtain(INDEX_OWNER);
    index.catch(() => this.#indexKey = undefined);
    return this.#indexKey = index;
  }
}

/** Without the owner of the key for digests and links, which is never destroyed. */
function named(owners: readonly string[]): readonly string[] {
  return owners.filter((owner) => owner !== INDEX_OWNER);
}

async function sealInto(
  target: Uint8Array,
  { key, id }: DataKey,
  payload: Pick<Encryption, "bytes" | "context">,
): Promise<void> {
  await encryptInto(target.subarray(HEADER_BYTES), { key, ...payload });
  writeHeader(target, id);
}

function notePlace(name: string): SealPlace {
  return { owner: INDEX_OWNER, context: [name] };
}

function damagedNote(): StoreError {
  return new StoreError(
    "Cannot use the key store: it was changed, or it is that of another store",
    "Put back the key store that belongs to the store",
  );
}
