// A reader of a SQLite file in its own thread, which is started by the first read.

import { ThreadCalls } from "../../threads/call.ts";
import type { EventReader } from "../event_reader.ts";

/** The methods that read. */
type ReadMethods = Omit<EventReader, "close">;

/** The API of a reader's thread. */
export interface ReaderApi {
  readonly methods: {
    read(path: string, name: keyof ReadMethods, args: unknown[]): unknown;
    close(): void;
  };
  readonly notice: never;
}

/**
 * Creates a reader. If the store cannot be opened, each read rejects.
 *
 * @param onClose Told of the end of the connection, which by then is closed in order:
 *   without it the thread just ends.
 * @returns The reader; `close()` makes pending reads reject.
 */
export function openThreadedReader(
  path: string,
  onClose?: (ended: Promise<void>) => void,
): EventReader {
  const calls = new ThreadCalls<ReaderApi>(() => {
    const url = new URL("./reader_thread.ts", import.meta.url);
    return new Worker(url, { type: "module", name: "reader" });
  });
  const method = <Name extends keyof ReadMethods>(name: Name) =>
    ((...args: unknown[]) =>
      calls.call("read", path, name, args)) as ReadMethods[Name];
  return {
    list: method("list"),
    get: method("get"),
    idsWithPrefix: method("idsWithPrefix"),
    dispatches: method("dispatches"),
    end: method("end"),
    news: method("news"),
    totals: method("totals"),
    linkProgress: method("linkProgress"),
    unlinked: method("unlinked"),
    linkedObjects: method("linkedObjects"),
    pauses: method("pauses"),
    holds: method("holds"),
    holdsOfLinks: method("holdsOfLinks"),
    heldOf: method("heldOf"),
    dueErasures: method("dueErasures"),
    keyStoreId: method("keyStoreId"),
    newestSealed: method("newestSealed"),
    erasedAmong: method("erasedAmong"),
    erasures: method("erasures"),
    retention: method("retention"),
    kept: method("kept"),
    close: () => onClose ? onClose(calls.closeAfter("close")) : calls.close(),
  };
}
