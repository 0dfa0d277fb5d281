/**
 * Lines of text out of a pipe.
 *
 * @module
 */

/**
 * Splits what comes out of a pipe into lines.
 *
 * @param stream UTF-8.
 * @param lengthMax A longer line is cut into several, in UTF-16 code units.
 * @yields Each line without its end; the last one may lack it. A pipe that breaks ends.
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  lengthMax: number,
): AsyncGenerator<string, void, void> {
  let rest = "";
  try {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const [first = "", ...others] = text.split("\n");
      rest += first;
      for (const line of others) {
        yield rest;
        rest = line;
      }
      if (rest.length <= lengthMax) continue;
      yield rest;
      rest = "";
    }
  } catch {
    // The other end was killed.
  }
  if (rest !== "") yield rest;
}
