/**
 * Typed calls to another thread: each is answered once, a failure as an error, and a
 * thread that ends by a fault is started anew by the next call.
 *
 * @module
 */

import { InboxError, StoreError } from "../errors.ts";

/** The methods that a thread serves, and what it tells unasked. */
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

/** To the thread; without an id nobody waits for an answer. */
interface Call {
  readonly id: number | null;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** From the thread. */
type Reply<Api extends ThreadApi> =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
    readonly id: number;
    readonly ok: false;
    readonly message: string;
    readonly hint: string;
  }
  | { readonly id: null; readonly notice: Api["notice"] };

/** What a thread has of its `self`. */
export interface ThreadScope {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * Serves calls in the thread that this is called in.
 *
 * @param scope The `self` of the thread.
 * @param methods What can be called.
 * @returns Tells the caller something unasked.
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
      if (id === null) throw error; // Ends the thread, and the caller is told.
      const { message, hint } = error instanceof InboxError ? error : UNKNOWN;
      post({ id, ok: false, message, hint });
    }
  };
  return (notice) => post({ id: null, notice });
}

const UNKNOWN = {
  message: "Cannot go on: a thread of the program failed",
  hint: "Please report this",
};

/** Options of {@linkcode ThreadCalls}. */
export interface ThreadCallsOptions<Notice> {
  readonly onNotice?: (notice: Notice) => void;
  /** Told when the thread ended by a fault. */
  readonly onFailure?: (error: unknown) => void;
}

/** Calls the methods of a thread. */
export class ThreadCalls<Api extends ThreadApi> {
  readonly #start: () => Worker;
  readonly #options: ThreadCallsOptions<Api["notice"]>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #worker: Worker | undefined;
  #isClosed = false;

  /**
   * @param start Starts the thread; called by the first call, and after a fault.
   * @param options Who is told what.
   */
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
   * @param name Its name.
   * @param args Its arguments.
   * @returns What it resolves to.
   * @throws {StoreError} What it rejects with, or that the thread has ended.
   */
  async call<Name extends keyof Methods<Api> & string>(
    name: Name,
    ...args: Arguments<Methods<Api>[Name]>
  ): Promise<Result<Methods<Api>[Name]>> {
    if (this.#isClosed) throw closed();
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#post({ id, name, args });
    return await waiting.promise as Result<Methods<Api>[Name]>;
  }

  /** Calls a method whose result nobody waits for. */
  tell<Name extends keyof Methods<Api> & string>(
    name: Name,
    ...args: Arguments<Methods<Api>[Name]>
  ): void {
    if (!this.#isClosed) this.#post({ id: null, name, args });
  }

  /** Ends the thread at once; calls under way reject. */
  close(): void {
    this.#isClosed = true;
    this.#end(closed());
  }

  #post(call: Call): void {
    (this.#worker ??= this.#open()).postMessage(call);
  }

  #open(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<Reply<Api>>) => {
      if (data.id === null) return this.#options.onNotice?.(data.notice);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.ok) waiting?.resolve(data.result);
      else waiting?.reject(new StoreError(data.message, data.hint));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // Or it would end the process.
      this.#end(new StoreError(UNKNOWN.message, UNKNOWN.hint));
      this.#options.onFailure?.(event.error);
    };
    return worker;
  }

  #end(error: StoreError): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function closed(): StoreError {
  return new StoreError(
    "Cannot read the store: it was closed",
    "Ask before the server stops",
  );
}
