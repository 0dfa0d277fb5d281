// The head of a response's body: its beginning is kept, the rest ignored.

import { OUTPUT_BYTES_MAX } from "./destination.ts";
import { decodeHead } from "./output.ts";

/** Up to this length, reading on is cheaper than a new connection. */
const DRAINED_BYTES_MAX = 64 << 10;

/**
 * Reads up to 64 KiB of a response's body; a longer one is canceled.
 *
 * @param response The response, its body not read yet.
 * @returns As much of the first 4096 bytes as arrived intact; never rejects.
 */
export async function readAnswerHead(response: Response): Promise<string> {
  if (isKnownToBeShort(response.headers)) {
    // Costs half of what a stream does.
    return await response.bytes().then(decodeHead, () => "");
  }
  const head = new HeadBuffer();
  try {
    for await (const chunk of response.body ?? []) {
      head.add(chunk);
      if (head.length > DRAINED_BYTES_MAX) break;
    }
  } catch {
    // Broken off, timed out, or not in its declared encoding.
  }
  return head.text;
}

function isKnownToBeShort(headers: Headers): boolean {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,5}$/.test(length) &&
    Number(length) <= DRAINED_BYTES_MAX &&
    !headers.has("content-encoding"); // A few bytes can unpack to gigabytes.
}

class HeadBuffer {
  /** One byte more than is kept, to detect a cut. */
  readonly #bytes = new Uint8Array(OUTPUT_BYTES_MAX + 1);
  #length = 0;

  /** The length of all that was added. */
  get length(): number {
    return this.#length;
  }

  get text(): string {
    return decodeHead(this.#bytes.subarray(0, this.#length));
  }

  add(chunk: Uint8Array): void {
    const room = this.#bytes.length - this.#length;
    if (room > 0) this.#bytes.set(chunk.subarray(0, room), this.#length);
    this.#length += chunk.length;
  }
}
