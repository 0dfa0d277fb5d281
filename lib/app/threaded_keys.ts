// A server's data keys in their own thread, which makes them, stores them and seals the
// bodies: syncs take time, and all that takes as much of the processor as the rest of the
// way of a delivery. The thread is started by the first call.

import type { KeyStore } from "../store/key_store.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { ThreadCalls } from "../threads/call.ts";
import type { BodyGroup, SealGroup } from "../vault/body_group.ts";
import type { ServerKeyHolder } from "../vault/put_back_keys.ts";
import type { Sealing } from "./sealing.ts";

/** A key store, and what seals by its keys; absent where there is no thread. */
export interface ServerKeys {
  readonly keyStore: KeyStore;
  readonly sealGroup?: SealGroup;
  readonly keyHolder?: ServerKeyHolder;
}

/** The API of the thread. */
export interface KeysApi {
  readonly methods: {
    run(url: string, name: keyof KeyStore, args: unknown[]): Promise<unknown>;
    seal(sealing: Sealing, group: BodyGroup): ReturnType<SealGroup>;
    lacking(sealing: Sealing): ReturnType<ServerKeyHolder["lacking"]>;
    putBack(sealing: Sealing, owners: readonly string[]): Promise<number>;
  };
  /** A sync failed: the process must end. */
  readonly notice: StoreFault;
}

/** Options of {@linkcode openThreadedKeys}. */
export interface ThreadedKeysOptions {
  /** Called once a sync failed. */
  readonly onFatal?: ((fault: StoreFault) => void) | undefined;
}

/** Opens a key store. If it cannot be opened, each call rejects. */
export function openThreadedKeys(
  sealing: Sealing,
  { onFatal }: ThreadedKeysOptions = {},
): Required<ServerKeys> {
  const calls = new ThreadCalls<KeysApi>(() => {
    const url = new URL("./keys_thread.ts", import.meta.url);
    return new Worker(url, { type: "module", name: "keys" });
  }, onFatal && { onNotice: onFatal });
  const method = <Name extends keyof KeyStore>(name: Name) =>
    ((...args: unknown[]) =>
      calls.call("run", sealing.keyStoreUrl, name, args)) as KeyStore[Name];
  const close = method("close");
  const keyStore: KeyStore = {
    obtain: method("obtain"),
    get: method("get"),
    destroy: method("destroy"),
    retire: method("retire"),
    destroyRetired: method("destroyRetired"),
    replaced: method("replaced"),
    wrappedByOthers: method("wrappedByOthers"),
    rewrap: method("rewrap"),
    scrub: method("scrub"),
    counts: method("counts"),
    notes: method("notes"),
    addNote: method("addNote"),
    setNote: method("setNote"),
    check: method("check"),
    missing: method("missing"),
    putBack: method("putBack"),
    async close() {
      await close();
      calls.close();
    },
  };
  const sealGroup: SealGroup = (group) => calls.call("seal", sealing, group);
  const keyHolder: ServerKeyHolder = {
    lacking: () => calls.call("lacking", sealing),
    putBack: (owners) => calls.call("putBack", sealing, owners),
  };
  return { keyStore, sealGroup, keyHolder };
}
