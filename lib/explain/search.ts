/**
 * Looks for what signatures were made over, and with what.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { BODY_ENCODINGS } from "./body_encodings.ts";
import { bodyWritings } from "./body_writings.ts";
import { changed, type Difference, type Variant } from "./change.ts";
import type { ReadSet } from "./header_reading.ts";
import type { Key } from "./keys.ts";
import type { Work } from "./work.ts";

/** What a signature fits, or that nothing was found. */
export type SearchResult =
  | {
    readonly ok: true;
    /** None when it fits all as it is. */
    readonly differences: readonly Difference[];
    /** Of the secret that it was made with, if with one. */
    readonly fingerprint: string | null;
  }
  | {
    readonly ok: false;
    /** Whether all was tried. */
    readonly isComplete: boolean;
  };

/** What is at hand, and how far from it to look. */
export interface SearchOptions {
  readonly body: Uint8Array;
  readonly keys: readonly Key[];
  /** In how much what was signed may differ from it, at once. */
  readonly differencesMax: number;
  readonly work: Work;
}

/** A body, and what was changed to get it. */
interface Body {
  readonly value: Uint8Array;
  readonly differences: readonly Difference[];
  /** Whether its JSON was written anew. */
  readonly isRewritten: boolean;
}

/** How much longer all changes of the encoding take than to hash it. */
const ENCODINGS_COST = 32;

/**
 * Tries everything on every set, first what differs least. One set that fits shows
 * what was signed: then no more bodies are tried on the others.
 *
 * @param sets The sets.
 * @param options What is at hand.
 * @returns For each set the first that fits.
 */
export function search(
  sets: readonly ReadSet[],
  options: SearchOptions,
): readonly SearchResult[] {
  const search = new Search(sets, options);
  for (let count = 0; count <= options.differencesMax; count++) {
    search.run(count);
  }
  return search.results();
}

class Search {
  readonly #options: SearchOptions;
  readonly #sets: readonly SearchedSet[];

  constructor(sets: readonly ReadSet[], options: SearchOptions) {
    this.#options = options;
    const timestamps = sets.flatMap((set) => set.timestamps);
    this.#sets = sets.map((set) => new SearchedSet(set, timestamps));
  }

  results(): readonly SearchResult[] {
    const { isEnough: isComplete } = this.#options.work;
    return this.#sets.map(({ fit }) => fit ?? { ok: false, isComplete });
  }

  /** Tries what differs in exactly so much. */
  run(count: number): void {
    for (const body of this.#bodies(count)) {
      const open = this.#sets.filter(({ fit, macs }) =>
        fit === null && macs.size > 0
      );
      if (open.length === 0) return;
      for (const set of open) {
        if (!this.#try(set, body, count)) return;
      }
    }
  }

  /** Tries one body on one set; false when no more may be done. */
  #try(set: SearchedSet, body: Body, count: number): boolean {
    for (const prefix of set.prefixes) {
      for (const { bytes, difference, fingerprint } of this.#options.keys) {
        // Two who err at once: not worth the many trials.
        if (difference && body.isRewritten) continue;
        const differences = [
          ...body.differences,
          ...difference ? [difference] : [],
          ...prefix.difference ? [prefix.difference] : [],
        ];
        if (differences.length !== count) continue;
        if (!this.#options.work.spend(body.value.length)) return false;
        const mac = createHmac("sha256", bytes).update(prefix.value)
          .update(body.value).digest("hex");
        if (!set.macs.has(mac)) continue;
        set.fit = { ok: true, differences, fingerprint };
        return true;
      }
    }
    return true;
  }

  /** The body as it is, and in at most so many other ways. */
  *#bodies(countMax: number): Generator<Body> {
    const { body } = this.#options;
    yield { value: body, differences: [], isRewritten: false };
    const isKnown = this.#sets.some(({ fit }) => fit !== null);
    if (isKnown || countMax === 0) return;
    yield* this.#writings(body);
    if (!this.#options.work.spend(body.length, ENCODINGS_COST)) return;
    for (const { value, difference } of changed(body, BODY_ENCODINGS)) {
      const differences = difference ? [difference] : [];
      yield { value, differences, isRewritten: false };
      if (countMax > 1) yield* this.#writings(value, differences);
    }
  }

  *#writings(
    body: Uint8Array,
    before: readonly Difference[] = [],
  ): Generator<Body> {
    for (
      const { value, difference } of bodyWritings(body, this.#options.work)
    ) {
      const differences = difference ? [...before, difference] : before;
      const { code } = difference ?? {};
      const isRewritten = code === "body-reserialized" || code === "body-keys";
      yield { value, differences, isRewritten };
    }
  }
}

/** A set, and what it fits once that is known. */
class SearchedSet {
  readonly macs: ReadonlySet<string>;
  /** What may have been hashed before the body. */
  readonly prefixes: readonly Variant<string>[];
  fit: Extract<SearchResult, { ok: true }> | null = null;

  constructor({ macs, timestamps }: ReadSet, all: readonly string[]) {
    this.macs = new Set(macs);
    const others = all.filter((timestamp) => !timestamps.includes(timestamp));
    this.prefixes = [
      ...timestamps.map((t) => ({ value: `${t}.`, difference: null })),
      { value: "", difference: NO_TIMESTAMP },
      ...timestamps.map((value) => ({ value, difference: NO_DOT })),
      ...others.map((t) => ({ value: `${t}.`, difference: OTHER_TIMESTAMP })),
    ];
  }
}

const NO_TIMESTAMP: Difference = {
  code: "timestamp-unsigned",
  words: "was made over the body alone, without t before it",
};
const NO_DOT: Difference = {
  code: "timestamp-unsigned",
  words: "was made over t and the body, without a dot between them",
};
const OTHER_TIMESTAMP: Difference = {
  code: "timestamp-of-other-set",
  words: "was made with the t of another set",
};
