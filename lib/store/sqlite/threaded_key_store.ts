// A SQLite key store in its own thread, as its syncs take time. The thread is started by
// the first call.

import { ThreadCalls } from "../../threads/call.ts";
import { BatchObtain } from "../batch_obtain.ts";
import type { KeyStore, WrappedDataKey } from "../key_store.ts";
import type { StoreFault } from "../store.ts";
import type { SqliteKeyStore } from "./key_store.ts";

type MethodName = Exclude<keyof SqliteKeyStore, "obtain">;

/** The API of a key store's thread. */
export interface KeyStoreApi {
  readonly methods: {
    run(path: string, name: MethodName, args: unknown[]): unknown;
  };
  /** A sync failed. */
  readonly notice: StoreFault;
}

/** Options of {@linkcode openThreadedKeyStore}. */
export interface ThreadedKeyStoreOptions {
  /** Called once a sync failed: the process must end. */
  readonly onFatal?: ((fault: StoreFault) => void) | undefined;
}

/** Opens a key store. If its file cannot be opened, each call rejects. */
export function openThreadedKeyStore(
  path: string,
  { onFatal }: ThreadedKeyStoreOptions = {},
): KeyStore {
  const calls = new ThreadCalls<KeyStoreApi>(() => {
    const url = new URL("./key_store_thread.ts", import.meta.url);
    return new Worker(url, { type: "module", name: "keys" });
  }, onFatal && { onNotice: onFatal });
  const run = (name: MethodName, args: unknown[]) =>
    calls.call("run", path, name, args);
  const method = <Name extends Exclude<keyof KeyStore, "obtain" | "close">>(
    name: Name,
  ) => ((...args: unknown[]) => run(name, args)) as KeyStore[Name];
  const keys = new BatchObtain(async (candidates) =>
    await run("obtainAll", [candidates]) as readonly (WrappedDataKey | null)[]
  );
  return {
    obtain: keys.obtain,
    get: method("get"),
    destroy: method("destroy"),
    wrappedByOthers: method("wrappedByOthers"),
    rewrap: method("rewrap"),
    scrub: method("scrub"),
    counts: method("counts"),
    notes: method("notes"),
    addNote: method("addNote"),
    setNote: method("setNote"),
    async close() {
      await keys.idle();
      await run("close", []);
      calls.close();
    },
  };
}
