// Destroys the data keys of what was erased: they would open an older backup of the events.
//
// The key store knows up to where in the log of erasures that is done. If it knows less
// than the store, as after a kill or when a backup of the keys was put in their place, all
// keys are looked at in the background after the start.
//
// An object may go on after its erasure, and what comes meanwhile is sealed by the same key
// as what is erased. So its key is retired before the erasure, durably; after it, what is
// left is sealed anew by a new key, and only then the retired one is destroyed. Retention
// leaves the key of what goes on: otherwise no older backup could be read.
//
// Of whom nothing is stored here, not even a tombstone, the key stays: an older copy of the
// store may be in its place.

import { type SetTimer, systemTimer } from "../clock.ts";
import { StoreError } from "../errors.ts";
import { sleepUnless } from "../sleep_unless.ts";
import type { ErasureProgress } from "../store/erasure.ts";
import type { DataKeyName } from "../store/key_store.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { ReplacedPayloads, Store, StoreOptions } from "../store/store.ts";
import type { ClientOptions } from "../store/client_options.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { ownerOf } from "./places.ts";
import { sealAnew } from "./seal_anew.ts";
import { tellFailure } from "./tell_failure.ts";
import { findUnopenable } from "./unopenable.ts";
import type { Vault } from "./vault.ts";

/** The name of the note in the key store: up to where keys were destroyed. */
const NOTE = "erasures";

/** The start has its own work to do. */
const FIRST_MS = 3_000;

/** Keys that are looked at between two pauses, and the pause, for all others. */
const PAGE = 500;
const PAUSE_MS = 20;

/** Events that are sealed anew at once. */
const RENEWED = 16;

/** The wait after a failure. */
const RETRY_MS = 60_000;

/** Owners whose keys are destroyed at once: nothing is received meanwhile. */
const DESTROYED_MAX = 32;

type UnusedKeysStore = Pick<
  Store,
  "openReader" | "exclusively" | "replacePayloads"
>;

/** Options of {@linkcode UnusedKeys}. */
export interface UnusedKeysOptions
  extends ClientOptions, Pick<StoreOptions, "onWarning"> {
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/** The data keys of one store that nothing needs any more. */
export class UnusedKeys {
  readonly #store: UnusedKeysStore;
  readonly #vault: Vault;
  readonly #options: UnusedKeysOptions;
  readonly #stopping = new AbortController();
  #isPending = false;
  #working: Promise<void>;

  /** @param store The store itself. */
  constructor(
    store: UnusedKeysStore,
    vault: Vault,
    options: UnusedKeysOptions = {},
  ) {
    this.#store = store;
    this.#vault = vault;
    this.#options = options;
    this.#working = this.#work(FIRST_MS).then(() => this.#warn());
  }

  /** Stops; resolves when nothing is being destroyed any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  /**
   * Retires the keys of objects that are about to be erased: whatever happens, it is known
   * then of which the keys must be destroyed. Resolves to whether that is durable.
   */
  retire(objectIds: readonly string[]): Promise<boolean> {
    return this.#try(async () => {
      for (const some of partsOf(objectIds)) {
        await this.#vault.retire(some, { alone: this.#alone });
      }
    });
  }

  /**
   * Destroys those keys of owners that nothing needs. Resolves to whether that is
   * durable; if not, it is tried again later.
   *
   * @param find Finds the owners.
   * @param objectIds Objects that were erased: what came to them meanwhile gets new keys.
   */
  async destroy(
    find: (reader: EventReader) => readonly string[] | Promise<string[]>,
    objectIds: readonly string[] = [],
  ): Promise<boolean> {
    const isDone = await this.#try(async (reader) => {
      await this.#destroy(await find(reader), reader);
      await this.#renew(objectIds, reader);
    });
    if (!isDone && !this.#isPending) {
      this.#working = this.#working.then(() => this.#work(RETRY_MS));
    }
    return isDone;
  }

  /**
   * Runs an erasure that destroys its keys, and notes that, unless anything else was
   * erased meanwhile: then the next start looks at all keys.
   *
   * @param erase Resolves to the number of entries in the log; undefined if it failed.
   */
  async noting(erase: () => Promise<number | undefined>): Promise<void> {
    const from = await unlessUnreadable(this.#noted());
    const entries = await erase();
    if (!from || entries === undefined) return;
    const to = await unlessUnreadable(this.#progress());
    if (to?.position !== from.position + entries) return;
    await unlessUnreadable(this.#vault.writeNote(NOTE, to));
  }

  /** Reads what the store has erased; undefined if not all keys are destroyed. */
  async #noted(): Promise<ErasureProgress | undefined> {
    const progress = await this.#progress();
    const noted = await this.#vault.readNote<ErasureProgress>(NOTE);
    return isSame(progress, noted) ? progress : undefined;
  }

  async #progress(): Promise<ErasureProgress> {
    const reader = this.#store.openReader({ isBrief: true });
    try {
      return await reader.erasures();
    } finally {
      reader.close();
    }
  }

  async #work(firstMs: number): Promise<void> {
    this.#isPending = true;
    await this.#sleep(firstMs);
    while (!this.#isStopped) {
      if (await this.#try((reader) => this.#sweep(reader))) break;
      await this.#sleep(RETRY_MS);
    }
    this.#isPending = false;
  }

  async #warn(): Promise<void> {
    if (this.#isStopped) return;
    await this.#try(async (reader) => {
      const { signal } = this.#stopping;
      const warning = await findUnopenable(reader, this.#vault, signal);
      if (warning) this.#options.onWarning?.(warning);
    });
  }

  async #try(action: (reader: EventReader) => Promise<void>): Promise<boolean> {
    const reader = this.#store.openReader();
    try {
      await action(reader);
      return true;
    } catch (error) {
      tellFailure(error, this.#options);
      return false;
    } finally {
      reader.close();
    }
  }

  async #sweep(reader: EventReader): Promise<void> {
    if (await this.#noted()) return;
    const progress = await this.#progress();
    const limit = PAGE;
    let after: DataKeyName | null = null;
    while (!this.#isStopped) {
      const page = await this.#vault.owners({ after, limit });
      const owners = page.map(({ owner }) => owner);
      await this.#destroy(await reader.erasedAmong(owners), reader);
      const retired = page.flatMap((key) => key.isRetired ? key.owner : []);
      const { signal } = this.#stopping;
      await this.#renew([...new Set(retired)], reader, signal);
      if (signal.aborted) return;
      after = page.at(-1) ?? null;
      if (after === null) return await this.#vault.writeNote(NOTE, progress);
      await this.#sleep(PAUSE_MS);
    }
  }

  async #destroy(
    owners: readonly string[],
    reader: EventReader,
  ): Promise<void> {
    const unusedOf = (ids: readonly string[]) => reader.erasedAmong(ids);
    for (const some of partsOf(owners)) {
      await this.#vault.destroy(some, { unusedOf, alone: this.#alone });
    }
  }

  /**
   * Destroys the keys that have sealed what was erased of objects, and before that seals
   * anew what else they have sealed.
   *
   * @param signal Ends it early: the next start goes on.
   */
  async #renew(
    objectIds: readonly string[],
    reader: EventReader,
    signal?: AbortSignal,
  ): Promise<void> {
    const isErased = true;
    for (const some of partsOf(objectIds)) {
      if (signal?.aborted) return;
      const unused = new Set(await reader.erasedAmong(some));
      const renewed: string[] = [];
      for (const id of some) {
        const query = { objectIds: [id], isErased, limit: 1 };
        if (unused.has(id) || (await reader.list(query)).length === 0) continue;
        renewed.push(id);
      }
      if (renewed.length === 0) continue;
      const retired = await this.#vault.retire(renewed, { alone: this.#alone });
      const keyIds = new Set(retired.map(({ id }) => id));
      for (const id of renewed) {
        // Another server may be doing the same: until nothing is left.
        const what = { objectId: id, keyIds, signal };
        while (!signal?.aborted && await this.#sealAnew(what, reader));
      }
      if (signal?.aborted) return;
      await this.#vault.destroyRetired(retired);
    }
  }

  /** Returns whether anything was sealed by a retired key. */
  async #sealAnew(
    { objectId, keyIds, signal }: Renewal,
    reader: EventReader,
  ): Promise<boolean> {
    const query = { objectIds: [objectId], isErased: false, limit: RENEWED };
    let isAny = false;
    for (let beforeSeq = Number.MAX_SAFE_INTEGER;;) {
      const rows = await reader.list({ ...query, beforeSeq });
      const last = rows.at(-1);
      if (!last || signal?.aborted) return isAny;
      beforeSeq = last.seq;
      const own = rows.filter((row) => ownerOf(row) === objectId);
      const sealed = await Promise.all(own.map(async ({ id }) => {
        const stored = await reader.get(id);
        return stored && await sealAnew(stored, this.#vault, keyIds);
      }));
      const replaced = sealed.flatMap((one) => one ?? []);
      if (replaced.length === 0) continue;
      isAny = true;
      await this.#replace(replaced);
    }
  }

  async #replace(replaced: readonly ReplacedPayloads[]): Promise<void> {
    if (await this.#store.replacePayloads(replaced)) return;
    throw new StoreError(
      "Cannot seal anew what is stored: the store did not accept it",
      "Look for store failed in the log: it is tried again",
    );
  }

  readonly #alone = (action: () => Promise<void>) =>
    this.#store.exclusively(action);

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #sleep(delayMs: number): Promise<void> {
    const { setTimer = systemTimer } = this.#options;
    return sleepUnless(this.#stopping.signal, delayMs, setTimer);
  }
}

/** The payloads that are sealed anew: those that some keys of an object have sealed. */
interface Renewal {
  readonly objectId: string;
  readonly keyIds: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

function* partsOf(owners: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < owners.length; i += DESTROYED_MAX) {
    yield owners.slice(i, i + DESTROYED_MAX);
  }
}

function isSame(one: ErasureProgress, other?: ErasureProgress): boolean {
  return one.position === other?.position && one.logId === other.logId;
}
