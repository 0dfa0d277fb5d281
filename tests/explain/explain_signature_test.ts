import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { secretFingerprint } from "../../lib/persona/secret_fingerprint.ts";
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

headerCases("what stands at the wrong place in a header", [
  ["none", null, ["header-missing"]],
  ["empty", "", ["header-missing"]],
  ["space", " ", ["header-malformed"], "no t= and no v1="],
  ["no pairs", "hello", ["header-malformed"], "no t= and no v1="],
  ["another scheme", `sha256=${MAC}`, ["header-malformed"]],
  [
    "space after the comma",
    `${T}, v1=${MAC}`,
    ["1 header-malformed", "1 fits"],
    "A comma, and nothing else, must stand before character 15 of the header",
  ],
  [
    "space for the comma",
    `${T} v1=${MAC}`,
    ["1 header-malformed", "1 fits"],
    "before character 14 of",
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
    "v1= must stand just so, at character 14 of the header",
  ],
  [
    "space before the sign",
    `t =${NOW_SECONDS},v1=${MAC}`,
    ["1 header-malformed", "1 fits"],
    "t= must stand just so, at character 1 of the header",
  ],
  ["colon", `t:${NOW_SECONDS},v1=${MAC}`, ["1 header-malformed", "1 fits"]],
  [
    "more behind it",
    `${GOOD};path=/`,
    ["1 header-malformed", "1 fits"],
    "must follow before character 81 of the header",
  ],
  [
    "more before it",
    `a;${GOOD}`,
    ["1 header-malformed", "1 fits"],
    "before character 3 of the header",
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
    ["1 mac-malformed", "1 fits"],
    "1 to 4 times in the set at character 1 of the header: it stands 5 times",
  ],
  [
    "two t",
    `t=1,${GOOD}`,
    ["1 timestamp-malformed", "1 timestamp-expired", "1 fits"],
    "t must stand once in the set at character 1 of the header",
  ],
  ["no t", `v1=${MAC}`, ["1 timestamp-malformed"]],
  ["no v1", T, ["1 mac-malformed"], "it stands 0 times"],
]);

headerCases("what is no v1", [
  [
    "upper case",
    `${T},v1=${MAC.toUpperCase()}`,
    ["1 mac-upper-case", "1 fits"],
    `at character ${17 + MAC.search(/[a-f]/)} of the header`,
  ],
  [
    "Base64",
    `${T},v1=${Buffer.from(MAC, "hex").toString("base64")}`,
    ["1 mac-base64", "1 fits"],
    "at character 17 of the header",
  ],
  [
    "Base64 of URLs",
    `${T},v1=${Buffer.from(MAC, "hex").toString("base64url")}`,
    ["1 mac-base64", "1 fits"],
  ],
  ["quotes", `${T},v1="${MAC}"`, ["1 mac-malformed", "1 fits"]],
  ["prefix", `${T},v1=sha256=${MAC}`, ["1 mac-malformed", "1 fits"]],
  ["empty", `${T},v1=`, ["1 mac-malformed"], "it is empty"],
  ["cut", GOOD.slice(0, -1), ["1 mac-malformed"], "it has 63"],
  [
    "another hash",
    `${T},v1=${"ab".repeat(20)}`,
    ["1 mac-malformed"],
    "it has 40, as SHA-1 has",
  ],
  [
    "no hex",
    `${T},v1=${MAC.slice(0, 9)}x${MAC.slice(10)}`,
    ["1 mac-malformed"],
    "another character at 26",
  ],
  ["the secret", `${T},v1=${SECRET}`, ["secret-in-header"]],
  ["the secret alone", SECRET, ["secret-in-header"]],
]);

headerCases("what is no t", [
  ["empty", `t=,v1=${MAC}`, ["1 timestamp-malformed"], "empty"],
  [
    "a date",
    `t=2025-06-15,v1=${MAC}`,
    ["1 timestamp-malformed"],
    "it is a date",
  ],
  ...[
    ["1e99", "an exponent"],
    [`${NOW_SECONDS}.5`, "a fraction"],
    [`-${NOW_SECONDS}`, "a sign"],
    [`0x${NOW_SECONDS.toString(16)}`, "hexadecimal"],
    ["2025-06-15T15:06:40Z", "a date"],
    [`${NOW_SECONDS}000000`, "microseconds"],
    ["17500x0000", "another character at 8"],
  ].map(([timestamp = "", words = ""]): HeaderCase => [
    timestamp,
    headerOf(BODY, { timestamp }),
    ["1 timestamp-malformed", "1 fits"],
    words,
  ]),
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
type SecretCase = readonly [
  secret: string,
  signedWith: string | Uint8Array,
  code: string,
];

const ENCODED = "wbhsec_SGVsbG8gd29ybGQ=";
const SECRET_CASES: readonly SecretCase[] = [
  [SECRET, SECRET.slice("wbhsec_".length), "secret-prefix"],
  [SECRET.slice("wbhsec_".length), SECRET, "secret-prefix"],
  [SECRET, `${SECRET}\n`, "secret-white-space"],
  [SECRET, `${SECRET}\r\n`, "secret-white-space"],
  [SECRET, `${SECRET}\r`, "secret-white-space"],
  [SECRET, `${SECRET} `, "secret-white-space"],
  [SECRET, ` ${SECRET}`, "secret-white-space"],
  [`\t${SECRET}\n`, SECRET, "secret-white-space"],
  [SECRET, `"${SECRET}"`, "secret-quotes"],
  [SECRET, `'${SECRET}'`, "secret-quotes"],
  [`"${SECRET}"`, SECRET, "secret-quotes"],
  [`'${SECRET}'`, SECRET, "secret-quotes"],
  [ENCODED, "Hello world", "secret-encoding"],
  [
    SECRET,
    Buffer.from(SECRET.slice(7).replaceAll("-", ""), "hex"),
    "secret-encoding",
  ],
  [SECRET, "", "secret-unset"],
  [SECRET, "undefined", "secret-unset"],
  [SECRET, "null", "secret-unset"],
  [SECRET, "None", "secret-unset"],
];

Deno.test("explainSignature() tells what was done to the secret", async () => {
  for (const [secret, key, code] of SECRET_CASES) {
    const mac = createHmac("sha256", key).update(`${NOW_SECONDS}.${BODY}`);
    const header = `${T},v1=${mac.digest("hex")}`;
    const delivery = { header, body: BODY, secrets: [OTHER, secret] };
    const { findings, reason } = await check(code, delivery, [`1 ${code}`]);
    assertEquals(reason, "mismatch");
    const fingerprint = await secretFingerprint(secret);
    assertEquals(
      findings[0]!.sentence.endsWith(`(secret ${fingerprint})`),
      code !== "secret-unset",
    );
  }
});

Deno.test("explainSignature() tells that a list of secrets was taken for one", async () => {
  const secrets = [SECRET, OTHER];
  for (const separator of [",", ", ", " "]) {
    const header = headerOf(BODY, { secret: secrets.join(separator) });
    await check(separator, { header, body: BODY, secrets }, ["1 secret-list"]);
  }
});

Deno.test("explainSignature() needs a secret", async () => {
  for (const secrets of [[], [""]]) {
    const delivery = { header: GOOD, body: BODY, secrets };
    await check("none", delivery, ["secret-missing"]);
  }
});

Deno.test("explainSignature() tells what was left out of what was signed", async () => {
  for (const signed of [BODY, `${NOW_SECONDS}${BODY}`]) {
    const mac = createHmac("sha256", SECRET).update(signed).digest("hex");
    const header = `${T},v1=${mac}`;
    await check(signed, { header, body: BODY }, ["1 timestamp-unsigned"]);
  }
  const mac = createHmac("sha256", SECRET).update(BODY).digest("hex");
  await check("no t either", { header: `v1=${mac}`, body: BODY }, [
    "1 timestamp-malformed",
    "1 timestamp-unsigned",
  ]);
});

Deno.test("explainSignature() tells every set of a rotation header", async () => {
  const old: SigningOptions = { secret: OTHER, timestamp: NOW_SECONDS - 9 };
  const stale: SigningOptions = { timestamp: NOW_SECONDS - 900 };
  const crossed = macOf(BODY, { timestamp: NOW_SECONDS - 9 });
  const table: [header: string, set: number | null, codes: string[]][] = [
    [`${GOOD} ${headerOf(BODY, { secret: OTHER })}`, 1, [
      "1 fits",
      "2 other-secret",
    ]],
    [`${headerOf(BODY, old)} ${GOOD}`, 2, [
      "receiver-mixes-timestamps",
      "1 other-secret",
      "2 fits",
    ]],
    [`${headerOf(BODY, stale)} ${GOOD}`, 2, [
      "receiver-mixes-timestamps",
      "1 timestamp-expired",
      "1 fits",
      "2 fits",
    ]],
    [`${headerOf(BODY, old)} ${T},v1=${crossed}`, null, [
      "1 other-secret",
      "2 timestamp-of-other-set",
    ]],
    [`${headerOf(BODY, old)},${GOOD}`, null, [
      "1 other-secret",
      "2 header-malformed",
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
