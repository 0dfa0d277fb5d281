// The signature's header: what is accepted was signed, and what was signed is accepted
// however it is respelled.

import { assert, assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import fc from "npm:fast-check@4.11.0";
import { createVerifier } from "../../lib/persona/signature.ts";
import { parseSignatureHeader } from "../../lib/persona/signature_header.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";
import { corpusOf } from "./corpus.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { mutated, mutatedText } from "./mutated.ts";

const OLD_SECRET = "wbhsec_old";
const BODY = bytesOf(eventText());
const SETS = [
  headerOf(BODY),
  headerOf(BODY, { secret: OLD_SECRET, timestamp: NOW_SECONDS - 250 }),
];
const headers = mutatedText([
  SETS[0]!,
  SETS.join(" "),
  SETS.toReversed().join(", "),
  ...corpusOf("header"),
], [
  ...SETS.flatMap((set) => [set, ...set.split(",")]),
  `t=${NOW_SECONDS}`,
  ...["t=", "v1=", ",", " ", "=", ".", "0", "-", "e9", "\0", "\t", "\n"],
]);

const verifier = await createVerifier([SECRET, OLD_SECRET], {
  clock: new FakeClock(NOW_SECONDS * 1000),
});

interface WrittenSet {
  readonly timestamp: string;
  readonly macs: readonly string[];
  /** Pairs that a newer version of Persona's may add. */
  readonly others: readonly string[];
}

const hex = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })
  .map((number) => number.toString(16).padStart(64, "0"));
const writtenSet: fc.Arbitrary<WrittenSet> = fc.record({
  timestamp: fc.nat({ max: 9_999_999_999 }).map(String),
  macs: fc.array(hex, { minLength: 1, maxLength: 3 }),
  others: fc.subarray(["v0=ab", "v2=cd", "x", "v1=AB", "v1="]),
});

/** Intermediaries may put blanks beside commas, and commas between sets. */
const respelled = fc.record({
  sets: fc.array(writtenSet, { minLength: 1, maxLength: 4 }),
  comma: fc.constantFrom(",", ", ", " ,", " , "),
  between: fc.constantFrom(" ", "  ", ",", ", "),
});

/** Every pair that stands between two commas or blanks. */
function pairsIn(header: string): Set<string> {
  return new Set(header.split(/[ ,]/));
}

/** Whether both a `t` and the `v1` made with it still stand in one set. */
function holdsSignedSet(header: string): boolean {
  const groups = header.replaceAll(/ *, */g, ",").split(" ");
  const sets = groups.flatMap((group) => {
    const pairs = group.split(",").filter((pair) => pair.startsWith("t="));
    return pairs.length < 2 ? [group] : group.split(/,(?=t=)/);
  }).map((set) => set.split(","));
  return SETS.some((signed) =>
    sets.some((pairs) => signed.split(",").every((one) => pairs.includes(one)))
  );
}

export const HEADER_TARGETS: readonly FuzzTarget[] = [
  pureTarget("header: what is read from it stands in it, within the limits", {
    runs: 3_000,
    inputs: headers,
    check(header) {
      const sets = parseSignatureHeader(header);
      assert(sets.length <= 16);
      assert(new Set(sets.map(({ timestamp }) => timestamp)).size <= 4);
      const pairs = pairsIn(header);
      for (const { timestamp, macs } of sets) {
        assert(/^[0-9]{1,15}$/.test(timestamp));
        assert(pairs.has(`t=${timestamp}`));
        assert(macs.length >= 1 && macs.length <= 4);
        for (const mac of macs) assert(pairs.has(`v1=${encodeHex(mac)}`));
      }
    },
  }),
  pureTarget("header: what Persona writes is read however it is respelled", {
    runs: 300,
    inputs: respelled,
    check({ sets, comma, between }) {
      const header = sets.map(({ timestamp, macs, others }) =>
        [`t=${timestamp}`, ...macs.map((mac) => `v1=${mac}`), ...others]
          .join(comma)
      ).join(between);
      assertEquals(
        parseSignatureHeader(header).map(({ timestamp, macs }) => [
          timestamp,
          macs.map((mac) => encodeHex(mac)),
        ]),
        sets.map(({ timestamp, macs }) => [timestamp, macs]),
        header,
      );
    },
  }),
  pureTarget("header: it verifies nothing but what was signed", {
    runs: 1_000,
    inputs: headers,
    async check(header) {
      const { ok } = await verifier.verify(header, BODY);
      if (ok) assert(holdsSignedSet(header));
      // A mutation of what surrounds a whole signature alone leaves it valid.
      else assert(!SETS.includes(header));
    },
  }),
  pureTarget("header: no other body verifies", {
    runs: 500,
    inputs: mutated([BODY]),
    async check(body) {
      const { ok } = await verifier.verify(SETS.join(" "), body);
      assertEquals(ok, encodeHex(body) === encodeHex(BODY));
    },
  }),
];
