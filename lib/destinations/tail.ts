import { OUTPUT_BYTES_MAX } from "./destination.ts";
import { decodeTail } from "./output.ts";

/** A bounded buffer that keeps the last bytes added. */
export class Tail {
  /** One byte more than is kept, to detect a cut. */
  readonly #bytes = new Uint8Array(OUTPUT_BYTES_MAX + 1);
  #length = 0;

  /** The last {@linkcode OUTPUT_BYTES_MAX} bytes. */
  get text(): string {
    return decodeTail(this.#bytes.subarray(0, this.#length));
  }

  /** Adds a piece. */
  add(chunk: Uint8Array): void {
    const piece = chunk.subarray(-this.#bytes.length);
    const surplus = this.#length + piece.length - this.#bytes.length;
    if (surplus > 0) {
      this.#bytes.copyWithin(0, surplus, this.#length);
      this.#length -= surplus;
    }
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
  }
}
