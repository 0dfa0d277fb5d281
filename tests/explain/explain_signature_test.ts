import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { explainSignature } from "../../lib/explain/explain_signature.ts";
import { createHmac } from "node:crypto";
import { secretFingerprint } from "../../lib/secret_fingerprint.ts";
import {
  codesOf,
  explained,
  type ExplainedDelivery,
} from "../support/explained.ts";
import {
  eventText,
  headerOf,
  macOf,
  NOW_SECONDS,
  SECRET,
  type SigningOptions,
} from "../support/signed_delivery.ts";

const BODY = eventText("evt_1", "plain");
const OTHER = "wbhsec_other";
const GOOD = headerOf(BODY);
const MAC = macOf(BODY);
const T = `t=${NOW_SECONDS}`;

/** A header that is wrong, what must be found, and where. */
type HeaderCase = readonly [
  name: string,
  header: string | null,
  codes: readonly string[],
  sentence?: string,
];

async function check(
  name: string,
  delivery: ExplainedDelivery,
  codes: readonly string[],
) {
  const explanation = await explained(delivery);
  assertEquals(codesOf(explanation), codes, name);
  assertEquals(explanation.ok, false, name);
  assertEquals(explanation.set, null, name);
  assertEquals(explanation.secretFingerprint, null, name);
  assert(explanation.findings.some(({ isFault }) => isFault), name);
  return explanation;
}

function headerCases(title: string, cases: readonly HeaderCase[]): void {
  Deno.test(`explainSignature() tells ${title}`, async () => {
    for (const [name, header, codes, sentence = ""] of cases) {
      const { findings } = await check(name, { header, body: BODY }, codes);
      const said = findings.map((finding) => finding.sentence).join("\n");
      assert(said.includes(sentence), `${name}: ${said}`);
    }
  });
}

Deno.test("explainSignature() tells a valid signature, its set and its secret", async () => {
  const { findings, ...verdict } = await explained({
    header: GOOD,
    body: BODY,
    secrets: [OTHER, SECRET],
  });
  const fingerprint = await secretFingerprint(SECRET);
  assertEquals(verdict, {
    ok: true,
    reason: null,
    set: 1,
    secretFingerprint: fingerprint,
  });
  assertEquals(findings.map(({ hint: _, ...finding }) => finding), [{
    code: "fits",
    isFault: false,
    set: 1,
    sentence: `The signature fits the body as it is (secret ${fingerprint})`,
  }]);
});

headerCases("what is wrong with a header, and from where on", [
  ["none", null, ["header-missing"]],
  ["empty", "", ["header-missing"]],
  ["space", " ", ["header-malformed"], "blank"],
  ["no pairs", "hello", ["1 header-malformed"], "From character 1 on"],
  ["another scheme", `sha256=${MAC}`, ["1 header-malformed"]],
  [
    "space for the comma",
    `${T} v1=${MAC}`,
    ["1 header-malformed", "1 fits"],
    "From character 13 on",
  ],
  ["semicolon", `${T};v1=${MAC}`, ["1 header-malformed", "1 fits"]],
  ["tab", `${T},\tv1=${MAC}`, ["1 header-malformed", "1 fits"]],
  [
    "quotes around all",
    `"${GOOD}"`,
    ["header-malformed", "1 fits"],
    "no quotes around it",
  ],
  [
    "upper-case key",
    `${T},V1=${MAC}`,
    ["1 header-malformed", "1 fits"],
    "From character 14 on the header must have v1= in lower case",
  ],
  ["colon", `t:${NOW_SECONDS},v1=${MAC}`, ["1 header-malformed", "1 fits"]],
  [
    "more behind it",
    `${GOOD};path=/`,
    ["1 header-malformed", "1 fits"],
    "From character 81 on the header must have a comma, a space or the end",
  ],
  [
    "another member before it",
    `a=1,${T},v1=x`,
    ["1 mac-malformed"],
    "From character 21 on the header must have 64 lower-case hex digits",
  ],
  [
    "seventeen sets",
    Array.from({ length: 17 }, () => GOOD).join(" "),
    [
      "header-malformed",
      ...Array.from({ length: 16 }, (_, i) => `${i + 1} fits`),
    ],
    "at most 16 sets: spaces divide it into 17",
  ],
  [
    "five v1",
    `${GOOD}${`,v1=${"0".repeat(64)}`.repeat(4)}`,
    ["1 header-malformed", "1 fits"],
    "v1 1 to 4 times in the set at character 1",
  ],
  ["no t", `v1=${MAC}`, ["1 header-malformed"]],
  ["no v1", T, ["1 header-malformed"], "must have a comma"],
  [
    "upper case",
    `${T},v1=${MAC.toUpperCase()}`,
    ["1 mac-upper-case", "1 fits"],
    "From character 17 on",
  ],
  ["quotes", `${T},v1="${MAC}"`, ["1 mac-malformed", "1 fits"]],
  ["prefix", `${T},v1=sha256=${MAC}`, ["1 mac-malformed", "1 fits"]],
  ["cut", GOOD.slice(0, -1), ["1 mac-malformed"]],
  ["longer", `${GOOD}0`, ["1 mac-malformed"]],
  ["the secret", `${T},v1=${SECRET}`, ["secret-in-header"]],
  ["the secret alone", SECRET, ["secret-in-header"]],
  ["no time", `t=,v1=${MAC}`, ["1 timestamp-malformed"]],
  [
    "a fraction",
    headerOf(BODY, { timestamp: `${NOW_SECONDS}.5` }),
    ["1 header-malformed", "1 fits"],
    "From character 13 on",
  ],
  [
    "microseconds",
    headerOf(BODY, { timestamp: `${NOW_SECONDS}000000` }),
    ["1 timestamp-malformed", "1 fits"],
    "From character 3 on the header must have 1 to 15 digits",
  ],
]);

headerCases("how far and which way a time is off", [
  [
    "a second too old",
    headerOf(BODY, { timestamp: NOW_SECONDS - 301 }),
    ["1 timestamp-expired", "1 fits"],
    "t lies 301 s (5 min) in the past: 1 s more than the tolerance of 300 s",
  ],
  [
    "two days old",
    headerOf(BODY, { timestamp: NOW_SECONDS - 172_800 }),
    ["1 timestamp-expired", "1 fits"],
    "t lies 172800 s (2 days) in the past: 172500 s (48 h) more",
  ],
  [
    "in the future",
    headerOf(BODY, { timestamp: NOW_SECONDS + 400 }),
    ["1 timestamp-future", "1 fits"],
    "t lies 400 s (7 min) in the future: 100 s more",
  ],
  [
    "milliseconds",
    headerOf(BODY, { timestamp: NOW_SECONDS * 1000 }),
    ["1 timestamp-unit", "1 fits"],
    "it counts milliseconds",
  ],
  [
    "old, and by another secret",
    headerOf(BODY, { timestamp: 1, secret: OTHER }),
    ["1 timestamp-expired", "1 mismatch"],
  ],
]);

Deno.test("explainSignature() judges the time by its own tolerance", async () => {
  const header = headerOf(BODY, { timestamp: NOW_SECONDS - 11 });
  const delivery = { header, body: BODY };
  const strict = await explained({ ...delivery, toleranceSeconds: 10 });
  assertEquals(strict.reason, "expired");
  assertMatch(strict.findings[0]!.sentence, /1 s more .* of 10 s$/);
  assert((await explained({ ...delivery, toleranceSeconds: 11 })).ok);
});

/** What something signed with, where it should have signed with the secret. */
type SecretCase = readonly [secret: string, signedWith: string, code: string];

const SECRET_CASES: readonly SecretCase[] = [
  [SECRET, SECRET.slice("wbhsec_".length), "secret-prefix"],
  [SECRET.slice("wbhsec_".length), SECRET, "secret-prefix"],
  [SECRET, `${SECRET}\n`, "secret-white-space"],
  [SECRET, `${SECRET}\r\n`, "secret-white-space"],
  [SECRET, `${SECRET} `, "secret-white-space"],
  [SECRET, ` ${SECRET}`, "secret-white-space"],
  [`\t${SECRET}\n`, SECRET, "secret-white-space"],
  [SECRET, `"${SECRET}"`, "secret-quotes"],
  [SECRET, `'${SECRET}'`, "secret-quotes"],
  [`"${SECRET}"`, SECRET, "secret-quotes"],
  [`'${SECRET}'`, SECRET, "secret-quotes"],
];

Deno.test("explainSignature() tells what was done to the secret", async () => {
  for (const [secret, key, code] of SECRET_CASES) {
    const mac = createHmac("sha256", key).update(`${NOW_SECONDS}.${BODY}`);
    const header = `${T},v1=${mac.digest("hex")}`;
    const delivery = { header, body: BODY, secrets: [OTHER, secret] };
    const { findings, reason } = await check(code, delivery, [`1 ${code}`]);
    assertEquals(reason, "mismatch");
    const fingerprint = await secretFingerprint(secret);
    assert(findings[0]!.sentence.endsWith(`(secret ${fingerprint})`));
  }
});

Deno.test("explainSignature() needs a secret", async () => {
  for (const secrets of [[], [""]]) {
    const delivery = { header: GOOD, body: BODY, secrets };
    await check("none", delivery, ["secret-missing"]);
  }
});

Deno.test("explainSignature() tells every set of a rotation header", async () => {
  const old: SigningOptions = { secret: OTHER, timestamp: NOW_SECONDS - 9 };
  const stale: SigningOptions = { timestamp: NOW_SECONDS - 900 };
  const table: [header: string, set: number | null, codes: string[]][] = [
    [`${GOOD} ${headerOf(BODY, { secret: OTHER })}`, 1, [
      "1 fits",
      "2 other-secret",
    ]],
    [`${headerOf(BODY, old)} ${GOOD}`, 2, [
      "1 other-secret",
      "2 fits",
    ]],
    [`${headerOf(BODY, stale)} ${GOOD}`, 2, [
      "1 timestamp-expired",
      "1 fits",
      "2 fits",
    ]],
    [`${headerOf(BODY, old)},${GOOD}`, 2, [
      "1 other-secret",
      "2 fits",
    ]],
    [`${headerOf(BODY, stale)} ${headerOf(BODY, old)}`, null, [
      "1 timestamp-expired",
      "1 fits",
      "2 other-secret",
    ]],
    [`${headerOf("a")} ${headerOf("b", old)}`, null, [
      "1 mismatch",
      "2 mismatch",
    ]],
  ];
  for (const [header, set, codes] of table) {
    const explanation = await explained({ header, body: BODY });
    assertEquals(codesOf(explanation), codes, header);
    assertEquals(explanation.set, set, header);
    assertEquals(explanation.ok, set !== null, header);
    for (const { set, sentence } of explanation.findings) {
      assertEquals(sentence.startsWith(`Set ${set}: `), set !== null);
    }
  }
});

Deno.test("explainSignature() takes the present for now unless told", async () => {
  const now = headerOf(BODY, { timestamp: Math.floor(Date.now() / 1000) });
  assert(
    (await explained({ header: now, body: BODY, nowSeconds: undefined })).ok,
  );
  const past = { header: GOOD, body: BODY, nowSeconds: undefined };
  assertEquals((await explained(past)).reason, "expired");
});

Deno.test("explainSignature() refuses a body that is not bytes, and a time that is none", async () => {
  const input = { header: GOOD, body: new Uint8Array(), secrets: [SECRET] };
  const text = BODY as unknown as Uint8Array;
  const error = await assertRejects(
    () => explainSignature({ ...input, body: text }),
    TypeError,
  );
  assertMatch(error.message, /the body must be a Uint8Array/);
  const nowSeconds = NaN;
  const late = await assertRejects(
    () => explainSignature({ ...input, nowSeconds }),
    RangeError,
  );
  assertMatch(late.message, /nowSeconds must be .*: current value is NaN/);
});
