// Checkpoints of a SQLite store, as its receiving thread sees them.

import type { StoreFault } from "../store.ts";
import type { StoreGate } from "./store_gate.ts";

/** The message that starts the thread. */
export interface CheckpointStart {
  readonly path: string;
  /** That of the {@linkcode StoreGate}, by which all else is asked for. */
  readonly shared: SharedArrayBuffer;
}

/** A message from the thread. */
export type CheckpointReply =
  | { readonly kind: "moved" | "ended" }
  | { readonly kind: "failed" | "fatal"; readonly fault: StoreFault };

/** A listener for the state of checkpoints. */
export interface CheckpointListener {
  /** Called when they begin to fail; with null when they work again. */
  readonly onFault: (fault: StoreFault | null) => void;
  readonly onFatal: (fault: StoreFault) => void;
}

const THREAD_FAILED: StoreFault = {
  message: "Cannot checkpoint the store: the thread that does it failed",
  hint: "Restart the server, and please report this",
};

/** The checkpoints of a store, made by their own thread. */
export class Checkpoints {
  readonly #gate: StoreGate;
  readonly #listener: CheckpointListener;
  readonly #worker: Worker;
  readonly #ended = Promise.withResolvers<void>();
  #isFailing = false;

  /**
   * @param path The database file, links resolved.
   * @param gate The gate through which checkpoints are requested.
   * @param listener Called on faults.
   */
  constructor(path: string, gate: StoreGate, listener: CheckpointListener) {
    this.#gate = gate;
    this.#listener = listener;
    const url = new URL("./checkpoint_thread.ts", import.meta.url);
    this.#worker = new Worker(url, { type: "module", name: "checkpoints" });
    this.#worker.onmessage = ({ data }: MessageEvent<CheckpointReply>) =>
      this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // Or it would end the process.
      this.#take({ kind: "failed", fault: THREAD_FAILED });
      this.#ended.resolve();
    };
    const start: CheckpointStart = { path, shared: gate.shared };
    this.#worker.postMessage(start);
  }

  /**
   * Ends the thread once what it does is done.
   *
   * @param closeStore Closes the last connection: the thread's descriptors, whose end
   * would drop its locks, stay open until then.
   */
  async close(closeStore: () => void): Promise<void> {
    this.#gate.end();
    await this.#ended.promise;
    closeStore();
    this.#worker.terminate();
  }

  #take(reply: CheckpointReply): void {
    switch (reply.kind) {
      case "ended":
        return this.#ended.resolve();
      case "fatal":
        return this.#listener.onFatal(reply.fault);
      case "failed":
        if (!this.#isFailing) this.#listener.onFault(reply.fault);
        this.#isFailing = true;
        return;
      case "moved":
        if (this.#isFailing) this.#listener.onFault(null);
        this.#isFailing = false;
        return;
    }
  }
}
