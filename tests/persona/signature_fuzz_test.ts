import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createVerifier } from "../../lib/persona/signature.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { mutate } from "../support/mutate.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import {
  bytesOf,
  eventText,
  headerOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";

const MUTATIONS = 100_000;
const BATCH = 500;

const OLD_SECRET = "wbhsec_old";
const BODY = bytesOf(eventText());

/** What was signed: over `BODY`, each with its own time. */
const SETS = [
  headerOf(BODY),
  headerOf(BODY, { secret: OLD_SECRET, timestamp: NOW_SECONDS - 250 }),
];
const HEADERS = [SETS[0]!, SETS.join(" "), SETS.toReversed().join(" ")];

/** Texts that could make a mutated header mean something. */
const TOKENS = [
  ...SETS.flatMap((set) => [set, ...set.split(",")]),
  `t=${NOW_SECONDS}`,
  ...["t=", "v1=", ",", " ", "=", ".", "0", "-", "e9", "\0", "\t", "\n"],
].map(bytesOf);

interface Attempt {
  header: string;
  body: Uint8Array;
}

function nextAttempt(random: SeededRandom): Attempt {
  const header = random.pick(HEADERS);
  if (random.next() < 0.3) return { header, body: mutate(BODY, random) };
  const mutated = mutate(bytesOf(header), random, TOKENS);
  return { header: Buffer.from(mutated).toString("latin1"), body: BODY };
}

/** Whether both a `t` and the `v1` made with it still stand in one set, and the body too. */
function meansTheSame({ header, body }: Attempt): boolean {
  if (!Buffer.from(body).equals(BODY)) return false;
  const groups = header.replaceAll(/ *, */g, ",").split(" ");
  const sets = groups.flatMap((group) => {
    const isOne = group.split(",").filter((pair) => pair.startsWith("t="))
      .length < 2;
    return isOne ? [group] : group.split(/,(?=t=)/);
  });
  return SETS.some((set) =>
    sets.map((other) => other.split(",")).some((pairs) =>
      set.split(",").every((pair) => pairs.includes(pair))
    )
  );
}

Deno.test("verify() accepts no mutation of a header or body that means another", async () => {
  const verifier = await createVerifier([SECRET, OLD_SECRET], {
    clock: new FakeClock(NOW_SECONDS * 1000),
  });
  for (const header of HEADERS) {
    assert((await verifier.verify(header, BODY)).ok);
  }

  const random = new SeededRandom(2);
  const outcomes = new Map<string, number>();
  for (let done = 0; done < MUTATIONS; done += BATCH) {
    const attempts = Array.from({ length: BATCH }, () => nextAttempt(random));
    const results = await Promise.all(
      attempts.map(({ header, body }) => verifier.verify(header, body)),
    );
    for (const [i, result] of results.entries()) {
      const outcome = result.ok ? "ok" : result.reason;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (!result.ok) continue;
      const { header } = attempts[i]!;
      assert(meansTheSame(attempts[i]!), `accepted ${JSON.stringify(header)}`);
    }
  }
  // Unless each of these came up, the mutations missed what they are for.
  assertEquals(
    [...outcomes.keys()].toSorted(),
    ["expired", "future", "malformed", "mismatch", "missing", "ok"],
  );
});
