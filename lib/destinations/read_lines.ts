/**
 * Splits the output of a pipe into lines.
 *
 * @param stream UTF-8.
 * @param lengthMax The longest line, in UTF-16 code units; a longer one is split.
 * @yields Each line without its line break, until the pipe ends or breaks.
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
    // The other process was killed.
  }
  if (rest !== "") yield rest;
}
