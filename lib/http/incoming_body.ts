// An incoming request body: read up to its own limit and within the budget of all, and
// canceled for good once it is of no use.

import type { BodyBudget, Evictable } from "./body_budget.ts";
import type { HeaderSource } from "./header_map.ts";
import { openPieceReader, type PieceReader } from "./piece_reader.ts";

/** The reason why there is no body. */
export type BodyFault =
  | "body-too-large"
  | "body-too-slow"
  | "body-broken-off"
  | "overloaded";

/** The body, or the reason why there is none. */
export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: BodyFault };

/** A body up to this length is read at once, at half the cost of a stream. */
const WHOLE_BYTES_MAX = 128 << 10;

/** The most small pieces: each costs time, however small it is. */
const SMALL_PIECES_MAX = 64;
const SMALL_PIECE_BYTES = 256;

const TOO_LARGE = { ok: false, reason: "body-too-large" } as const;
const TOO_SLOW = { ok: false, reason: "body-too-slow" } as const;
const BROKEN_OFF = { ok: false, reason: "body-broken-off" } as const;
const OVERLOADED = { ok: false, reason: "overloaded" } as const;

/** The body of one request. */
export class IncomingBody implements Evictable {
  readonly #request: Request;
  readonly #budget: BodyBudget;
  readonly #declaredBytes: number | null;
  #wholeBytes = 0;
  #reader: PieceReader | undefined;
  /** The result with which reading was ended early. */
  #ended: BodyResult | undefined;

  /**
   * @param request The request, its body not read yet.
   * @param headers Its headers.
   */
  constructor(
    request: Request,
    budget: BodyBudget,
    headers: HeaderSource = request.headers,
  ) {
    this.#request = request;
    this.#budget = budget;
    this.#declaredBytes = declaredLength(headers);
  }

  /** True if its declared length is beyond the limit. */
  get isTooLarge(): boolean {
    const declared = this.#declaredBytes;
    return declared !== null && declared > this.#budget.bodyBytesMax;
  }

  /**
   * Reads the body, which holds its part of the budget until {@linkcode release}.
   *
   * @returns The body, or the reason why there is none; never rejects.
   */
  async read(): Promise<BodyResult> {
    if (this.isTooLarge) return TOO_LARGE;
    const declared = this.#declaredBytes;
    try {
      if (declared === null || !this.#takeWhole(declared)) {
        return await this.#readPieces();
      }
      // Deno keeps reading until the client disconnects, even after the response, so this
      // is for a part of the budget only.
      return { ok: true, body: await this.#request.bytes() };
    } catch {
      return this.#ended ?? BROKEN_OFF;
    }
  }

  /** Ends reading that takes too long. */
  cancel(): void {
    this.#end(TOO_SLOW);
  }

  /** Ends reading to make room for others. */
  evict(): void {
    this.#end(OVERLOADED);
  }

  /** Releases its part of the budget; call once, after {@linkcode read}. */
  release(): void {
    if (this.#reader) this.#budget.takeBack(this);
    else this.#budget.giveBackWhole(this.#wholeBytes);
  }

  #takeWhole(bytes: number): boolean {
    const isTaken = bytes <= WHOLE_BYTES_MAX && this.#budget.takeWhole(bytes);
    if (isTaken) this.#wholeBytes = bytes;
    return isTaken;
  }

  async #readPieces(): Promise<BodyResult> {
    const { body: stream } = this.#request;
    if (!stream) return { ok: true, body: new Uint8Array() };
    const reader = this.#reader = openPieceReader(stream);
    const buffer = this.#budget.lend(this);
    if (!buffer) return this.#end(OVERLOADED);
    let length = 0;
    for (let pieces = 1;; pieces++) {
      const piece = await reader.read();
      if (this.#ended) return this.#ended; // The buffer may be another's.
      if (!piece) return { ok: true, body: buffer.slice(0, length) };
      if (length + piece.length > buffer.length) return this.#end(TOO_LARGE);
      buffer.set(piece, length);
      length += piece.length;
      const isTrickle = pieces > SMALL_PIECES_MAX &&
        length < pieces * SMALL_PIECE_BYTES;
      if (isTrickle) return this.#end(TOO_SLOW);
    }
  }

  /** Cancels the stream, which the server would otherwise keep reading. */
  #end(result: BodyResult): BodyResult {
    this.#ended ??= result;
    this.#reader?.cancel().catch(() => {});
    return this.#ended;
  }
}

/** Returns the declared length; null if the body is chunked. */
export function declaredLength(headers: HeaderSource): number | null {
  const length = headers.get("content-length");
  if (typeof length !== "string") return null;
  if (typeof headers.get("transfer-encoding") === "string") return null;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : null;
}
