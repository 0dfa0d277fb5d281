import type { SeededRandom } from "./seeded_random.ts";

/** Changes bytes as an unlucky wire, or an attacker without a plan, would. */
type Mutation = (bytes: Uint8Array, random: SeededRandom) => Uint8Array;

const ASCII_CASE = 0x20;

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const changed = bytes.slice();
    changed[random.below(bytes.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function flipCase(bytes, random) {
    const changed = bytes.slice();
    changed[random.below(bytes.length)]! ^= ASCII_CASE;
    return changed;
  },
  function replace(bytes, random) {
    const changed = bytes.slice();
    changed[random.below(bytes.length)] = random.below(256);
    return changed;
  },
  function truncate(bytes, random) {
    const length = random.below(bytes.length);
    return random.next() < 0.5
      ? bytes.slice(0, length)
      : bytes.slice(bytes.length - length);
  },
  function remove(bytes, random) {
    const [start, end] = range(bytes, random);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  function duplicate(bytes, random) {
    const [start, end] = range(bytes, random);
    const at = random.below(bytes.length + 1);
    return insertedAt(bytes, at, bytes.subarray(start, end));
  },
  function insertByte(bytes, random) {
    const at = random.below(bytes.length + 1);
    return insertedAt(bytes, at, Uint8Array.of(random.below(256)));
  },
  function swap(bytes, random) {
    const [start, end] = range(bytes, random);
    return joined(
      bytes.subarray(end),
      bytes.subarray(start, end),
      bytes.subarray(0, start),
    );
  },
];

/**
 * Makes one random change, or now and then two or three.
 *
 * @param tokens Texts that mean something here, to be inserted at times.
 */
export function mutate(
  bytes: Uint8Array,
  random: SeededRandom,
  tokens: readonly Uint8Array[] = [],
): Uint8Array {
  let changed = bytes;
  do {
    const token = tokens.length > 0 && random.next() < 0.5
      ? random.pick(tokens)
      : undefined;
    if (token) {
      changed = insertedAt(changed, random.below(changed.length + 1), token);
    } else if (changed.length > 0) {
      changed = random.pick(MUTATIONS)(changed, random);
    }
  } while (random.next() < 0.25);
  return changed;
}

function range(bytes: Uint8Array, random: SeededRandom): [number, number] {
  const start = random.below(bytes.length);
  return [start, start + 1 + random.below(bytes.length - start)];
}

function insertedAt(
  bytes: Uint8Array,
  at: number,
  inserted: Uint8Array,
): Uint8Array {
  return joined(bytes.subarray(0, at), inserted, bytes.subarray(at));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
