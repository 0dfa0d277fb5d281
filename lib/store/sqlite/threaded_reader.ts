/**
 * A reader of a SQLite file in a worker of its own, which is started by the first
 * read: nobody pays for it before somebody looks.
 *
 * @module
 */

import { StoreError } from "../../errors.ts";
import type {
  ReadOutcome,
  ReadReply,
  ReadRequest,
  ReadResult,
  Reads,
} from "./reader_protocol.ts";
import type { EventReader } from "../store.ts";

/**
 * Makes a reader; whether there is a store turns out with each read.
 *
 * @param path The database file.
 * @returns The reader; `close()` ends the reads under way, which then reject.
 */
export function openRemoteReader(path: string): EventReader {
  const remote = new Remote(path);
  return {
    list: (...args) => remote.read("list", args),
    get: (...args) => remote.read("get", args),
    dispatches: (...args) => remote.read("dispatches", args),
    localUrl: (...args) => remote.read("localUrl", args),
    end: (...args) => remote.read("end", args),
    news: (...args) => remote.read("news", args),
    totals: (...args) => remote.read("totals", args),
    close: () => remote.close(),
  };
}

class Remote {
  readonly #path: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<ReadOutcome>>();
  #lastId = 0;
  #worker: Worker | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  async read<Name extends keyof Reads>(
    name: Name,
    args: Parameters<Reads[Name]>,
  ): Promise<ReadResult<Name>> {
    if (this.#isClosed) throw closed();
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<ReadOutcome>();
    this.#waiting.set(id, waiting);
    const request: ReadRequest<Name> = { id, path: this.#path, name, args };
    (this.#worker ??= this.#start()).postMessage(request);
    const outcome = await waiting.promise as ReadOutcome<Name>;
    if (outcome.ok) return outcome.result;
    throw new StoreError(outcome.message, outcome.hint);
  }

  close(): void {
    this.#isClosed = true;
    this.#end(closed());
  }

  #start(): Worker {
    const url = new URL("./reader_thread.ts", import.meta.url);
    const worker = new Worker(url, { type: "module", name: "reader" });
    worker.onmessage = ({ data }: MessageEvent<ReadReply>) => {
      this.#waiting.get(data.id)?.resolve(data.outcome);
      this.#waiting.delete(data.id);
    };
    worker.onerror = (event) => {
      event.preventDefault(); // Or it would end the process.
      this.#end(
        new StoreError(
          "Cannot read the store: its reader must not fail",
          "Try again: it is started anew. Please report this",
        ),
      );
    };
    return worker;
  }

  /** The next read starts another worker, unless there is to be none. */
  #end(error: StoreError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function closed(): StoreError {
  return new StoreError(
    "Cannot read the store: it must be open: it was closed",
    "Ask before the server stops",
  );
}
