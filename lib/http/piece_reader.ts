/**
 * Reads any stream of bytes in small pieces.
 *
 * @module
 */

/** So little is allocated anew for each body that is ended early. */
const PIECE_BYTES = 16 << 10;

/** Reads a stream. */
export interface PieceReader {
  /**
   * Reads the next piece.
   *
   * @returns The piece, which holds until the next call; nothing at the end, or once
   * the stream was cancelled.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Ends the stream. */
  cancel(): Promise<void>;
}

/**
 * Opens a stream. That of a request to `Deno.serve` writes into a buffer that is used
 * again and again; by itself it would make one of 64 KiB for each piece.
 *
 * @param stream The stream, not read yet.
 * @returns Its reader.
 */
export function openPieceReader(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): PieceReader {
  try {
    return reusingReader(stream.getReader({ mode: "byob" }));
  } catch { // No byte stream: a request of a program's own.
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
