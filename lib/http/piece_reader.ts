/** Allocated again for each body that is canceled. */
const PIECE_BYTES = 16 << 10;

/** A reader of one stream. */
export interface PieceReader {
  /**
   * Reads the next piece.
   *
   * @returns The piece, valid until the next call; undefined at the end, or once the
   * stream was canceled.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Cancels the stream. */
  cancel(): Promise<void>;
}

/**
 * Opens a stream. Streams of `Deno.serve` requests write into one reused buffer; by default
 * they would allocate 64 KiB for each piece.
 *
 * @param stream The stream, not read yet.
 */
export function openPieceReader(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): PieceReader {
  try {
    return reusingReader(stream.getReader({ mode: "byob" }));
  } catch { // Not a byte stream: a request created by a program.
    const reader = stream.getReader();
    return {
      read: async () => (await reader.read()).value,
      cancel: () => reader.cancel(),
    };
  }
}

function reusingReader(reader: ReadableStreamBYOBReader): PieceReader {
  let buffer = new ArrayBuffer(PIECE_BYTES);
  return {
    async read() {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: () => reader.cancel(),
  };
}
