import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { readHeader } from "../../lib/explain/header_reading.ts";
import { createVerifier } from "../../lib/persona/signature.ts";
import { parseSignatureHeader } from "../../lib/persona/signature_header.ts";
import { explained } from "../support/explained.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { mutate } from "../support/mutate.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import {
  bytesOf,
  CANARY,
  eventText,
  headerOf,
  macOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";

const OLD_SECRET = "wbhsec_old-secret-that-nobody-may-see";
const SECRETS = [SECRET, OLD_SECRET];
const BODY = bytesOf(eventText());
const SETS = [
  headerOf(BODY),
  headerOf(BODY, { secret: OLD_SECRET, timestamp: NOW_SECONDS - 250 }),
];
const HEADERS = [SETS[0]!, SETS.join(" "), SETS.toReversed().join(" ")];

/** Texts that could make a mutated header mean something. */
const TOKENS = [
  ...SETS.flatMap((set) => [set, ...set.split(",")]),
  ...["t=", "v1=", ",", " ", "=", '"', ";", ":", "T", "V1", "A", "\t", SECRET],
].map(bytesOf);

function mutated(header: string, random: SeededRandom): string {
  const bytes = mutate(bytesOf(header), random, TOKENS);
  return Buffer.from(bytes).toString("latin1");
}

/** Everything that must not be told, in every spelling. */
function hasSecret(text: string, body: Uint8Array): boolean {
  const timestamps = SETS.map((set) => set.slice(2, set.indexOf(",")));
  const macs = SECRETS.flatMap((secret) =>
    timestamps.map((timestamp) => macOf(body, { secret, timestamp }))
  );
  const texts = [
    ...SECRETS,
    ...SECRETS.map((secret) => secret.slice("wbhsec_".length)),
    ...macs,
    ...macs.map((mac) => Buffer.from(mac, "hex").toString("base64")),
    ...CANARY.split(" "),
  ];
  const folded = text.toLowerCase();
  return /[0-9a-f]{16}/.test(folded) ||
    texts.some((secret) => folded.includes(secret.toLowerCase()));
}

Deno.test("explainSignature() agrees with the verifier, and tells nothing that is secret", async () => {
  const random = new SeededRandom(7);
  const clock = new FakeClock(NOW_SECONDS * 1000);
  const verifier = await createVerifier(SECRETS, { clock });
  const seen = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const header = random.next() < 0.8
      ? mutated(random.pick(HEADERS), random)
      : random.pick(HEADERS);
    const body = random.next() < 0.2 ? mutate(BODY, random) : BODY;
    const explanation = await explained({ header, body, secrets: SECRETS });
    const { ok, reason, findings, set } = explanation;
    const result = await verifier.verify(header, body);
    assertEquals(ok, result.ok);
    assertEquals(reason, result.ok ? null : result.reason);
    const told = JSON.stringify(explanation);
    const isLeaked = header.includes(SECRET);
    assertEquals(set !== null, ok && !isLeaked, told);
    assert(ok || findings.some(({ isFault }) => isFault), told);
    assert(findings.length > 0, told);
    assert(!hasSecret(told, body), told);
    seen.add(reason ?? "ok");
  }
  // Unless each of these came up, the mutations missed what they are for.
  for (const reason of ["malformed", "mismatch", "missing", "ok"]) {
    assert(seen.has(reason), reason);
  }
});

Deno.test("explainSignature() tells every valid signature to be valid", async () => {
  const random = new SeededRandom(8);
  for (let i = 0; i < 200; i++) {
    const length = random.below(2_000);
    const body = Uint8Array.from({ length }, () => random.below(256));
    const timestamp = NOW_SECONDS - 300 + random.below(601);
    const secret = random.pick(SECRETS);
    const others = Array.from(
      { length: random.below(4) },
      () => headerOf(`${random.next()}`, { secret: "wbhsec_unknown" }),
    );
    const at = random.below(others.length + 1);
    const valid = headerOf(body, { secret, timestamp });
    const header = others.toSpliced(at, 0, valid).join(" ");
    const explanation = await explained({ header, body, secrets: SECRETS });
    assertEquals(explanation.reason, null);
    assertEquals(explanation.set, at + 1);
    assert(explanation.findings.every(({ isFault }) => !isFault));
  }
});

Deno.test("readHeader() finds a fault in every header that is refused", () => {
  const random = new SeededRandom(9);
  let refused = 0;
  for (let i = 0; i < 50_000; i++) {
    const header = mutated(random.pick(HEADERS), random);
    const { sets, faults } = readHeader(header);
    const strict = parseSignatureHeader(header);
    if (strict.length === 0) {
      assert(faults.length > 0, JSON.stringify(header));
      refused++;
    }
    for (const { timestamp } of strict) {
      const has = sets.some((set) => set.timestamp === timestamp);
      assert(has, JSON.stringify(header));
    }
  }
  assert(refused > 1_000);
});
