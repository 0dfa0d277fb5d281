/**
 * Reads a signature header that the strict grammar refuses: what is wrong, where,
 * and what was meant. What the grammar takes is taken from there.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { parseSignatureHeader } from "../persona/signature_header.ts";
import { type Finding, finding } from "./finding.ts";
import {
  type Pair,
  pairsOf,
  type Part,
  partsOf,
  setsOf,
} from "./header_parts.ts";
import { readMac, readTimestamp } from "./header_values.ts";

/** How many sets are looked at, and v1 of each: as many as the grammar takes. */
const SETS_MAX = 16;
const MACS_MAX = 4;

/** How many sets, and t of each, are looked at where a space is missing. */
const MEANT_MAX = 4;

/** How many faults are told of a header that has nothing right. */
const FAULTS_MAX = 16;

/** A set as it was meant. */
export interface ReadSet {
  /** Its texts of t: one, if all is well. */
  readonly timestamps: readonly string[];
  /** Its v1, in lower-case hex. */
  readonly macs: readonly string[];
}

/** A header as it was meant, and what is wrong with how it stands. */
export interface HeaderReading {
  readonly sets: readonly ReadSet[];
  readonly faults: readonly Finding[];
}

const QUOTED = /^(["'`])[^]*\1$/;

/** Members of a set that are neither, with their commas, are passed over. */
const BEFORE_FIRST = /^(?:[^\s;&]*,)?$/;
const BETWEEN = /^,(?:[^\s;&]*,)?$/;
const AFTER_LAST = /^(?:,[^\s;&]*)?$/;

/**
 * Reads a header.
 *
 * @param header Its value.
 * @returns A few sets at most, and at least one fault if the grammar takes none.
 */
export function readHeader(header: string): HeaderReading {
  const sets: ReadSet[] = [];
  const faults: Finding[] = [];
  if (QUOTED.test(header)) {
    const sentence = "The header must have no quotes around it";
    faults.push(finding("header-malformed", sentence));
    header = header.replaceAll(/^["'`]|["'`]$/g, " ");
  }
  const groups = [...header.matchAll(/[^ ]+/g)];
  if (groups.length > SETS_MAX) {
    const sentence =
      `The header must hold at most ${SETS_MAX} sets: spaces divide it into ${groups.length}`;
    faults.push(finding("header-malformed", sentence));
  }
  for (const part of partsOf(header).slice(0, SETS_MAX)) {
    const [strict] = parseSignatureHeader(part.text);
    const read = strict
      ? [{ timestamps: [strict.timestamp], macs: strict.macs.map(encodeHex) }]
      : readPart(part, sets.length, faults);
    sets.push(...read);
  }
  if (sets.length === 0 && faults.length === 0) {
    const sentence = "The header must begin with t=: it holds no t= and no v1=";
    faults.push(finding("header-malformed", sentence));
  }
  return { sets, faults: faults.slice(0, FAULTS_MAX) };
}

function readPart(
  part: Part,
  setsBefore: number,
  faults: Finding[],
): ReadSet[] {
  const { before, pairs, after } = pairsOf(part);
  const sets = setsOf(pairs).slice(0, MEANT_MAX).map((pairs, i) =>
    new SetReader(setsBefore + i + 1, faults).read(pairs)
  );
  if (pairs.length === 0) return sets;
  const fault = (sentence: string, set: number) =>
    faults.push(finding("header-malformed", `${sentence} of the header`, set));
  if (!BEFORE_FIRST.test(before.text)) {
    const end = before.at + before.text.length;
    fault(
      `Nothing but a space may stand before character ${end + 1}`,
      setsBefore + 1,
    );
  }
  if (!AFTER_LAST.test(after.text)) {
    fault(
      `A comma, a space or nothing must follow before character ${
        after.at + 1
      }`,
      setsBefore + sets.length,
    );
  }
  return sets;
}

/** Reads one set. */
class SetReader {
  readonly #set: number;
  readonly #faults: Finding[];

  constructor(set: number, faults: Finding[]) {
    this.#set = set;
    this.#faults = faults;
  }

  read(pairs: readonly Pair[]): ReadSet {
    const meant: Record<Pair["key"], string[]> = { t: [], v1: [] };
    for (const [i, pair] of pairs.entries()) {
      this.#checkShape(pair, i === 0);
      const read = pair.key === "t" ? readTimestamp : readMac;
      const place = { set: this.#set, at: pair.value.at + 1 };
      const value = read(pair.value.text, place);
      if (value.fault) this.#faults.push(value.fault);
      if (value.meant !== null) meant[pair.key].push(value.meant);
    }
    this.#checkCounts(pairs);
    return {
      timestamps: meant.t.slice(0, MEANT_MAX),
      macs: meant.v1.slice(0, MACS_MAX),
    };
  }

  #checkShape({ key, at, isExact, gap }: Pair, isFirst: boolean): void {
    const place = `before character ${at + 1} of the header`;
    if (isFirst && gap !== "" && !gap.includes(" ")) {
      this.#fault("header-malformed", `A space must stand ${place}`);
    } else if (!isFirst && !BETWEEN.test(gap)) {
      const sentence = `A comma, and nothing else, must stand ${place}`;
      this.#fault("header-malformed", sentence);
    }
    if (!isExact) {
      const sentence = `${key}= must stand just so, at character ${
        at + 1
      } of the header`;
      this.#fault("header-malformed", sentence);
    }
  }

  #checkCounts(pairs: readonly Pair[]): void {
    const count = (key: string) =>
      pairs.filter((pair) => pair.key === key).length;
    const place = `the set at character ${pairs[0]!.at + 1} of the header`;
    if (count("t") !== 1) {
      const sentence = `t must stand once in ${place}: it stands ${
        count("t")
      } times`;
      this.#fault("timestamp-malformed", sentence);
    }
    if (count("v1") === 0 || count("v1") > MACS_MAX) {
      const sentence =
        `v1 must stand 1 to ${MACS_MAX} times in ${place}: it stands ${
          count("v1")
        } times`;
      this.#fault("mac-malformed", sentence);
    }
  }

  #fault(code: Finding["code"], sentence: string): void {
    this.#faults.push(finding(code, sentence, this.#set));
  }
}
