/**
 * A request's body on its way in: read up to a limit of its own and within the budget
 * of all, and ended for good when there is no more use for it.
 *
 * @module
 */

import type { BodyBudget, Evictable } from "./body_budget.ts";
import { openPieceReader, type PieceReader } from "./piece_reader.ts";

/** The reason for which there is no body. */
export type BodyFault =
  | "body-too-large"
  | "body-too-slow"
  | "body-broken-off"
  | "overloaded";

/** The body, or why there is none. */
export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: BodyFault };

/** A body up to this length can be taken at once, at half the cost of a stream. */
const WHOLE_BYTES_MAX = 128 << 10;

/** Each piece costs time, however little it brings: so many may be small. */
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
  #wholeBytes = 0;
  #reader: PieceReader | undefined;
  /** The reason for which reading was ended, once it was. */
  #ended: BodyResult | undefined;

  /**
   * @param request The request, its body not read yet.
   * @param budget The room for it and all others.
   */
  constructor(request: Request, budget: BodyBudget) {
    this.#request = request;
    this.#budget = budget;
  }

  /**
   * Reads the whole body, which keeps its part of the budget until
   * {@linkcode release}.
   *
   * @returns The body, or why there is none; never rejects.
   */
  async read(): Promise<BodyResult> {
    const declared = declaredLength(this.#request.headers);
    const { bodyBytesMax } = this.#budget;
    if (declared !== null && declared > bodyBytesMax) return TOO_LARGE;
    try {
      if (declared === null || !this.#takeWhole(declared)) {
        return await this.#readPieces();
      }
      // Deno reads on until the client hangs up, even after an answer. So this is
      // for a part of the budget only.
      return { ok: true, body: await this.#request.bytes() };
    } catch {
      return this.#ended ?? BROKEN_OFF;
    }
  }

  /** Ends reading, as it takes too long. */
  cancel(): void {
    this.#end(TOO_SLOW);
  }

  /** Ends reading, as others need the room. */
  evict(): void {
    this.#end(OVERLOADED);
  }

  /** Gives back what it has of the budget; called once, after {@linkcode read}. */
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

  /** Without this a server goes on reading what nobody wants. */
  #end(result: BodyResult): BodyResult {
    this.#ended ??= result;
    this.#reader?.cancel().catch(() => {});
    return this.#ended;
  }
}

/** Null when the body is chunked, whatever `content-length` says beside it. */
export function declaredLength(headers: Headers): number | null {
  const length = headers.get("content-length");
  if (length === null || headers.has("transfer-encoding")) return null;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : null;
}
