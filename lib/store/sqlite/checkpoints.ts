// Checkpoints of a SQLite store, as its receiving thread sees them.

import type { StoreFault } from "../store_fault.ts";
import type { StoreGate } from "./store_gate.ts";

/** The message that starts the thread; all else goes by the {@linkcode StoreGate}. */
export interface CheckpointStart {
  readonly path: string;
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
  message:
    "Cannot store: the thread of checkpoints failed, and with it the locks on the store",
  hint:
    "Start again: the next start recovers what was acknowledged. Please report this",
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
   */
  constructor(path: string, gate: StoreGate, listener: CheckpointListener) {
    this.#gate = gate;
    this.#listener = listener;
    const url = new URL("./checkpoint_thread.ts", import.meta.url);
    this.#worker = new Worker(url, { type: "module", name: "checkpoints" });
    this.#worker.onmessage = ({ data }: MessageEvent<CheckpointReply>) =>
      this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // Otherwise it ends the process at once.
      // Its descriptors are closed now, which drops the locks of this process (POSIX).
      gate.break("unlocked");
      listener.onFatal(THREAD_FAILED);
      this.#ended.resolve();
    };
    const start: CheckpointStart = { path, shared: gate.shared };
    this.#worker.postMessage(start);
  }

  /**
   * Ends the thread after the checkpoint in progress.
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
    if (reply.kind === "ended") return this.#ended.resolve();
    if (reply.kind === "fatal") return this.#listener.onFatal(reply.fault);
    const fault = reply.kind === "failed" ? reply.fault : null;
    const isFailing = fault !== null;
    if (isFailing !== this.#isFailing) this.#listener.onFault(fault);
    this.#isFailing = isFailing;
  }
}
