// Seals what is stored of people, and opens it again.

import { createHmac } from "node:crypto";
import { encodeHex } from "@std/encoding/hex";
import { StoreError } from "../errors.ts";
import type { KeyStore } from "../store/key_store.ts";
import type { UnreadableReason } from "../store/unreadable.ts";
import {
  decrypt,
  encryptInto,
  type Encryption,
  type SealContext,
} from "./aead.ts";
import { type DataKey, DataKeys } from "./data_keys.ts";
import type { Keyring } from "./keyring.ts";
import {
  HEADER_BYTES,
  isSealed,
  readSealed,
  SEAL_BYTES,
  writeHeader,
} from "./sealed_bytes.ts";

/** The owner of the key for digests and links: no object has an empty id. */
const INDEX_OWNER = "";

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

/** The place of the range, in the key store. */
const CLEAR_NOTE = "clear";
const CLEAR_PLACE: SealPlace = { owner: INDEX_OWNER, context: [CLEAR_NOTE] };

/** The result of opening. */
export type Opened =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: UnreadableReason };

/** Uses of an owner's key, and its destruction, which waits for them. */
interface OwnerUse {
  count: number;
  readonly idle: PromiseWithResolvers<void>;
}

/** Options of {@linkcode Vault.destroy}. */
export interface DestroyOptions {
  /**
   * Returns whether nothing is left that an owner's keys have sealed; asked when nothing
   * can be sealed with them.
   */
  readonly isUnused?: (owner: string) => Promise<boolean>;
  /** Runs an action while no other process stores what it has sealed. */
  readonly alone?: (action: () => Promise<void>) => Promise<void>;
}

/** The data keys of a store, and what is done with them. */
export class Vault {
  readonly #store: KeyStore;
  readonly #keys: DataKeys;
  readonly #uses = new Map<string, OwnerUse>();
  readonly #destroying = new Map<string, Promise<void>>();
  #indexKey: Promise<Uint8Array<ArrayBuffer>> | undefined;
  #closing: Promise<void> | undefined;
  #clear: ClearRange = { afterSeq: 0, untilSeq: Number.MAX_SAFE_INTEGER };

  constructor(keyring: Keyring, store: KeyStore) {
    this.#store = store;
    this.#keys = new DataKeys(keyring, store);
  }

  /** The events that may be in the clear: all of them, as long as nothing was sealed. */
  get clear(): ClearRange {
    return this.#clear;
  }

  /**
   * Reads what {@linkcode saveClear} saved.
   *
   * @returns False if nothing was sealed yet.
   */
  async loadClear(): Promise<boolean> {
    const note = (await this.#store.notes()).get(CLEAR_NOTE);
    if (!note) return false;
    const opened = await this.open(note, CLEAR_PLACE);
    if (!opened.ok) throw damagedNote();
    this.#clear = JSON.parse(new TextDecoder().decode(opened.bytes));
    return true;
  }

  /** Saves the range. */
  async saveClear(clear: ClearRange): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(clear));
    await this.#store.setNote(CLEAR_NOTE, await this.seal(bytes, CLEAR_PLACE));
    this.#clear = clear;
  }

  /**
   * Uses the keys of owners: they are not destroyed meanwhile.
   *
   * @param action Seals, and stores what was sealed; begins at once unless one of the
   *   keys is being destroyed.
   */
  async use<Result>(
    owners: readonly string[],
    action: () => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      const destroying = owners.flatMap((owner) =>
        this.#destroying.get(owner) ?? []
      );
      if (destroying.length === 0) break;
      await Promise.all(destroying);
    }
    for (const owner of owners) {
      const use = this.#uses.get(owner) ??
        { count: 0, idle: Promise.withResolvers<void>() };
      this.#uses.set(owner, use);
      use.count++;
    }
    try {
      return await action();
    } finally {
      for (const owner of owners) {
        const use = this.#uses.get(owner);
        if (!use || --use.count > 0) continue;
        this.#uses.delete(owner);
        use.idle.resolve();
      }
    }
  }

  /**
   * Seals.
   *
   * @throws {StoreError} If there is no key and none can be made.
   */
  async seal(
    bytes: Uint8Array<ArrayBuffer>,
    { owner, context }: SealPlace,
    keyId?: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const found = keyId === undefined
      ? undefined
      : await this.#keys.find({ owner, id: keyId });
    const target = new Uint8Array(bytes.length + SEAL_BYTES);
    const current = found instanceof CryptoKey && keyId !== undefined
      ? { id: keyId, key: found }
      : await this.#keys.current([owner])[0]!;
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
    const mac = createHmac("sha256", await this.#index()).update(bytes);
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
    { isUnused = () => Promise.resolve(true), alone = (action) => action() }:
      DestroyOptions = {},
  ): Promise<number> {
    const named = owners.filter((owner) => owner !== INDEX_OWNER);
    const done = Promise.withResolvers<void>();
    for (const owner of named) this.#destroying.set(owner, done.promise);
    try {
      await Promise.all(
        named.map((owner) => this.#uses.get(owner)?.idle.promise),
      );
      let count = 0;
      await alone(async () => {
        const unused: string[] = [];
        for (const owner of named) {
          if (await isUnused(owner)) unused.push(owner);
        }
        this.#keys.forget(unused);
        count = await this.#store.destroy(unused);
      });
      if (count > 0) await this.#store.scrub();
      return count;
    } finally {
      for (const owner of named) this.#destroying.delete(owner);
      done.resolve();
    }
  }

  /** Rejects as {@linkcode KeyStore.check} does. */
  check(): Promise<void> {
    return this.#store.check();
  }

  /** Returns whether the key store has what it must; rejects if it cannot be read. */
  async probe(): Promise<boolean> {
    return (await this.#store.notes()).size > 0;
  }

  /** Closes the key store; see {@linkcode KeyStore.close}. */
  close(): Promise<void> {
    return this.#closing ??= this.#store.close();
  }

  #index(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#indexKey) return this.#indexKey;
    const index = this.#keys.obtain(INDEX_OWNER);
    index.catch(() => this.#indexKey = undefined);
    return this.#indexKey = index;
  }
}

async function sealInto(
  target: Uint8Array,
  { key, id }: DataKey,
  payload: Pick<Encryption, "bytes" | "context">,
): Promise<void> {
  await encryptInto(target.subarray(HEADER_BYTES), { key, ...payload });
  writeHeader(target, id);
}

function damagedNote(): StoreError {
  return new StoreError(
    "Cannot use the key store: it was changed, or it is that of another store",
    "Put back the key store that belongs to the store",
  );
}
