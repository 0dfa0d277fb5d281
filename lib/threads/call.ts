// Typed calls to another thread. Each gets one reply, a failure as an error; a thread
// that crashes is restarted by the next call.

import { InboxError, StoreError } from "../errors.ts";

/** The methods and notices of a thread. */
export interface ThreadApi {
  readonly methods: object;
  readonly notice: unknown;
}

type Methods<Api extends ThreadApi> = Api["methods"];

type Arguments<Method> = Method extends (...args: infer Args) => unknown ? Args
  : never;

type Result<Method> = Method extends (...args: never[]) => infer Result
  ? Awaited<Result>
  : never;

/** A message to the thread; without an id no reply is expected. */
interface Call {
  readonly id: number | null;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A message from the thread. */
type Reply<Api extends ThreadApi> =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
    readonly id: number;
    readonly ok: false;
    readonly message: string;
    readonly hint: string;
  }
  | { readonly id: null; readonly notice: Api["notice"] };

/** The part of a thread's `self` that is used. */
export interface ThreadScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * Serves calls in the current thread.
 *
 * @param scope The `self` of the thread.
 * @returns A function that sends a notice to the caller.
 */
export function serveCalls<Api extends ThreadApi>(
  scope: ThreadScope,
  methods: Methods<Api>,
): (notice: Api["notice"]) => void {
  const post = (reply: Reply<Api>) => scope.postMessage(reply);
  scope.onmessage = async ({ data }: MessageEvent<Call>) => {
    const { id, name, args } = data;
    try {
      const method: (...args: readonly unknown[]) => unknown = Reflect.get(
        methods as object,
        name,
      );
      const result = await Reflect.apply(method, methods, args);
      if (id !== null) post({ id, ok: true, result });
    } catch (error) {
      if (id === null) throw error; // Ends the thread, and notifies the caller.
      const { message, hint } = error instanceof InboxError ? error : UNKNOWN;
      post({ id, ok: false, message, hint });
    }
  };
  return (notice) => post({ id: null, notice });
}

const UNKNOWN = {
  message: "Cannot continue: a thread of the program crashed",
  hint: "Please report this",
};

/** Options of {@linkcode ThreadCalls}. */
export interface ThreadCallsOptions<Notice> {
  readonly onNotice?: (notice: Notice) => void;
  /** Called when the thread has crashed. */
  readonly onFailure?: (error: unknown) => void;
}

/** A client of a thread's methods. */
export class ThreadCalls<Api extends ThreadApi> {
  readonly #start: () => Worker;
  readonly #options: ThreadCallsOptions<Api["notice"]>;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #worker: Worker | undefined;
  #isClosed = false;

  /** @param start Starts the thread; called by the first call, and after a crash. */
  constructor(
    start: () => Worker,
    options: ThreadCallsOptions<Api["notice"]> = {},
  ) {
    this.#start = start;
    this.#options = options;
  }

  /**
   * Calls a method.
   *
   * @throws {StoreError} If the method rejects, or the thread has ended.
   */
  async call<Name extends keyof Methods<Api> & string>(
    name: Name,
    ...args: Arguments<Methods<Api>[Name]>
  ): Promise<Result<Methods<Api>[Name]>> {
    if (this.#isClosed) throw closed();
    return await this.#request(name, args) as Result<Methods<Api>[Name]>;
  }

  /** Calls a method without waiting for a result. */
  tell<Name extends keyof Methods<Api> & string>(
    name: Name,
    ...args: Arguments<Methods<Api>[Name]>
  ): void {
    if (!this.#isClosed) this.#post({ id: null, name, args });
  }

  /** Ends the thread at once; pending calls reject. */
  close(): void {
    this.#isClosed = true;
    this.#end(closed());
  }

  /**
   * Ends the thread after what it is doing and a last call; other pending calls reject.
   *
   * @returns A promise that resolves then.
   */
  async closeAfter<Name extends keyof Methods<Api> & string>(
    name: Name,
    ...args: Arguments<Methods<Api>[Name]>
  ): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#reject(closed());
    // If it fails the thread has ended.
    if (this.#worker) await this.#request(name, args).catch(() => {});
    this.#end(closed());
  }

  #request(name: string, args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.#post({ id, name, args });
    return pending.promise;
  }

  #post(call: Call): void {
    (this.#worker ??= this.#open()).postMessage(call);
  }

  #open(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<Reply<Api>>) => {
      if (data.id === null) return this.#options.onNotice?.(data.notice);
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.ok) pending?.resolve(data.result);
      else pending?.reject(new StoreError(data.message, data.hint));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // Otherwise it ends the process.
      this.#end(new StoreError(UNKNOWN.message, UNKNOWN.hint));
      this.#options.onFailure?.(event.error);
    };
    return worker;
  }

  #end(error: StoreError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#reject(error);
  }

  #reject(error: StoreError): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function closed(): StoreError {
  return new StoreError(
    "Cannot read the store: it was closed",
    "Ask before the server stops",
  );
}
