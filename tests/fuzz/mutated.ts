// Mutations of a corpus, as data that fast-check can make smaller.

import fc from "npm:fast-check@4.11.0";

/** Changes bytes at a position, by a length and a byte that were drawn for it. */
type Mutation = (
  bytes: Uint8Array,
  at: number,
  drawn: { readonly length: number; readonly byte: number },
) => readonly Uint8Array[];

const MUTATIONS: readonly Mutation[] = [
  (bytes, at, { byte }) => [
    bytes.subarray(0, at),
    Uint8Array.of((bytes[at] ?? 0) ^ (1 << (byte & 7))),
    bytes.subarray(at + 1),
  ],
  (bytes, at, { byte }) => [
    bytes.subarray(0, at),
    Uint8Array.of(byte),
    bytes.subarray(at + 1),
  ],
  (bytes, at, { byte }) => [
    bytes.subarray(0, at),
    Uint8Array.of(byte),
    bytes.subarray(at),
  ],
  (bytes, at, { length }) => [
    bytes.subarray(0, at),
    bytes.subarray(at + length),
  ],
  (bytes, at, { length }) => [
    bytes.subarray(0, at + length),
    bytes.subarray(at),
  ],
  (bytes, at) => [bytes.subarray(0, at)],
  (bytes, at) => [bytes.subarray(at)],
  (bytes, at, { length }) => [
    bytes.subarray(at + length),
    bytes.subarray(at, at + length),
    bytes.subarray(0, at),
  ],
];

/** Texts to be inserted are drawn as often as all mutations of bytes. */
const KINDS = 2 * MUTATIONS.length;

/**
 * Inputs that differ in a few places from those of a corpus.
 *
 * @param corpus Valid inputs, and what others have tripped over.
 * @param tokens Texts that mean something there, to be inserted.
 */
export function mutated(
  corpus: readonly Uint8Array[],
  tokens: readonly string[] = [],
): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const inserts = tokens.map((token) => new TextEncoder().encode(token));
  const change = fc.tuple(
    fc.nat(inserts.length > 0 ? KINDS - 1 : MUTATIONS.length - 1),
    fc.nat(0xffff),
    fc.nat(0xffff),
    fc.nat(0xff),
  );
  return fc.tuple(
    fc.nat(corpus.length - 1),
    fc.array(change, { maxLength: 4 }),
  ).map(([index, changes]) => {
    let bytes = corpus[index]!;
    for (const [kind, where, extent, byte] of changes) {
      const at = where % (bytes.length + 1);
      const mutation = MUTATIONS[kind];
      const length = 1 + extent % (bytes.length - at + 1);
      bytes = joined(
        mutation?.(bytes, at, { length, byte }) ?? [
          bytes.subarray(0, at),
          inserts[extent % inserts.length]!,
          bytes.subarray(at),
        ],
      );
    }
    return new Uint8Array(bytes);
  });
}

/** The same of texts, one character a byte as in a header. */
export function mutatedText(
  corpus: readonly string[],
  tokens: readonly string[] = [],
): fc.Arbitrary<string> {
  const texts = corpus.map((text) => new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  return mutated(texts, tokens).map((bytes) => decoder.decode(bytes));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
