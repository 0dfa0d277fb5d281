// One limit for the bytes of all unverified bodies: a limit per body bounds nothing, as
// anybody can open more connections.

/** Bytes of all unverified bodies together. */
const BYTES_MAX = 64 << 20;

/**
 * The time after which a body that is still coming in makes room for others. Persona's
 * arrive within a few milliseconds.
 */
const YIELD_AFTER_MS = 2_000;

/** A body that is being read in pieces, and can be evicted. */
export interface Evictable {
  /** Ends reading; the buffer already belongs to another body. */
  evict(): void;
}

/** A buffer lent to a body. */
interface Loan {
  readonly sinceMs: number;
  readonly buffer: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode BodyBudget}. */
export interface BodyBudgetOptions {
  /** The largest body, in bytes. */
  readonly bodyBytesMax: number;
  /**
   * The limit for all bodies.
   *
   * @default {67108864}
   */
  readonly bytesMax?: number;
  /** A monotonic clock, in milliseconds. */
  readonly nowMs?: () => number;
}

/**
 * Memory for unverified bodies. A quarter is for small bodies that are read at once and
 * cannot be evicted; the rest is lent as reused buffers: new ones would wait for the
 * garbage collector, and fragment the heap.
 */
export class BodyBudget {
  readonly bodyBytesMax: number;
  readonly #nowMs: () => number;
  readonly #wholeBytesMax: number;
  readonly #buffersMax: number;
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  /** Oldest first. */
  readonly #loans = new Map<Evictable, Loan>();
  #wholeBytes = 0;

  constructor(options: BodyBudgetOptions) {
    const { bodyBytesMax, bytesMax = BYTES_MAX } = options;
    this.bodyBytesMax = bodyBytesMax;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#wholeBytesMax = bytesMax / 4;
    const lent = Math.floor((bytesMax - this.#wholeBytesMax) / bodyBytesMax);
    this.#buffersMax = Math.max(1, lent);
  }

  /** True if nothing is taken or lent. */
  get isIdle(): boolean {
    return this.#wholeBytes === 0 && this.#loans.size === 0;
  }

  /**
   * Takes bytes for a body that cannot be evicted.
   *
   * @returns False if there is no room.
   */
  takeWhole(bytes: number): boolean {
    if (this.#wholeBytes + bytes > this.#wholeBytesMax) return false;
    this.#wholeBytes += bytes;
    return true;
  }

  /** Returns the bytes that {@linkcode takeWhole} took. */
  giveBackWhole(bytes: number): void {
    this.#wholeBytes -= bytes;
  }

  /**
   * Lends a buffer to a body, if need be by evicting the oldest one.
   *
   * @returns A buffer for the largest body, with arbitrary content; undefined if none is
   * left.
   */
  lend(body: Evictable): Uint8Array<ArrayBuffer> | undefined {
    const buffer = this.#free.pop() ?? this.#allocate() ?? this.#evict();
    if (buffer) this.#loans.set(body, { sinceMs: this.#nowMs(), buffer });
    return buffer;
  }

  /** Takes back a buffer from {@linkcode lend}, unless the body was evicted. */
  takeBack(body: Evictable): void {
    const loan = this.#loans.get(body);
    if (loan) this.#free.push(loan.buffer);
    this.#loans.delete(body);
  }

  #allocate(): Uint8Array<ArrayBuffer> | undefined {
    return this.#loans.size < this.#buffersMax
      ? new Uint8Array(this.bodyBytesMax)
      : undefined;
  }

  #evict(): Uint8Array<ArrayBuffer> | undefined {
    const [oldest] = this.#loans;
    if (!oldest) return undefined;
    const [body, { sinceMs, buffer }] = oldest;
    if (this.#nowMs() - sinceMs < YIELD_AFTER_MS) return undefined;
    this.#loans.delete(body);
    body.evict();
    return buffer;
  }
}
