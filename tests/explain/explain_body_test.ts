import { assert, assertEquals } from "@std/assert";
import { codesOf, explained } from "../support/explained.ts";
import { bytesOf, headerOf } from "../support/signed_delivery.ts";

const VALUE = {
  id: "evt_1",
  name: 'Zoë </b> & "q"',
  url: "https://a/b?c=1",
  tel: "+1'5",
  none: [],
  more: { "n-o": 1.5, a: null },
};
const TEXT = JSON.stringify(VALUE);

/** A body at hand, and what was signed instead. */
type BodyCase = readonly [
  name: string,
  body: string | Uint8Array,
  signed: string | Uint8Array,
  code: string,
  words: string,
];

/** The same the other way round: one of both was changed, who knows which. */
function bothWays(
  name: string,
  [one, words]: readonly [text: string | Uint8Array, words: string],
  [other, otherWords]: readonly [text: string | Uint8Array, words: string],
  code: string,
): BodyCase[] {
  return [
    [name, one, other, code, words],
    [`${name}, the other way round`, other, one, code, otherWords],
  ];
}

function bodyCases(title: string, cases: readonly BodyCase[]): void {
  Deno.test(`explainSignature() tells ${title}`, async () => {
    for (const [name, body, signed, code, words] of cases) {
      const explanation = await explained({ header: headerOf(signed), body });
      assertEquals(codesOf(explanation), [`1 ${code}`], name);
      assertEquals(explanation.reason, "mismatch", name);
      const { sentence, isFault } = explanation.findings[0]!;
      assert(isFault);
      assert(sentence.includes(words), `${name}: ${sentence}`);
    }
  });
}

const LINES = JSON.stringify(VALUE, null, 2);

bodyCases("what editors and shells did to a body", [
  ...bothWays(
    "byte-order mark",
    [`\ufeff${TEXT}`, "without its byte-order mark"],
    [TEXT, "with a byte-order mark"],
    "body-byte-order-mark",
  ),
  ...bothWays(
    "line break",
    [`${TEXT}\n`, "without the line break"],
    [TEXT, "with a line break"],
    "body-line-break",
  ),
  ...bothWays(
    "line break of Windows",
    [`${TEXT}\r\n`, "without the line break"],
    [TEXT, "with a line break"],
    "body-line-break",
  ),
  ...bothWays(
    "line break after what is no JSON",
    [Uint8Array.of(0xff, 0x0a), "without the line break"],
    [Uint8Array.of(0xff), "with a line break"],
    "body-line-break",
  ),
  ["space", ` ${TEXT}\n\n`, TEXT, "body-white-space", "around it"],
]);

/** What other programs write for the same value. */
const WRITINGS: readonly (readonly [text: string, words: string])[] = [
  [LINES, "indented by 2 spaces"],
  [JSON.stringify(VALUE, null, 4), "indented by 4 spaces"],
  [JSON.stringify(VALUE, null, "\t"), "indented by tabs"],
  // json.dumps(value)
  [
    String
      .raw`{"id": "evt_1", "name": "Zo\u00eb </b> & \"q\"", "url": "https://a/b?c=1", "tel": "+1'5", "none": [], "more": {"n-o": 1.5, "a": null}}`,
    "with a space after each comma and colon, with \\u escapes",
  ],
  // PHP, by default, and with JSON_UNESCAPED_UNICODE
  [
    String
      .raw`{"id":"evt_1","name":"Zo\u00eb <\/b> & \"q\"","url":"https:\/\/a\/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "with \\u escapes and \\/ for /",
  ],
  [
    String
      .raw`{"id":"evt_1","name":"Zoë <\/b> & \"q\"","url":"https:\/\/a\/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "with \\/ for /",
  ],
];

bodyCases(
  "that what was signed is the body's JSON, written by another program",
  WRITINGS.map(([signed, words]) => [
    words,
    TEXT,
    signed,
    "body-reserialized",
    words,
  ]),
);

bodyCases(
  "that the body is the JSON that was signed, written by another program",
  WRITINGS.map(([body, words]) => [words, body, TEXT, "body-reserialized", ""]),
);

bodyCases("that JavaScript parsed and wrote the JSON that was signed", [
  ...[
    "[1.0,12345678901234567890,1e2]",
    '{"b":1,"2":2,"1":3}',
    '{"a":1,"a":2}',
    '{"a":"\\u0041\\/\\u00e9"}',
    '[ 1 , "a\\tb" ]\n',
  ].map((body): BodyCase => [
    body,
    body,
    JSON.stringify(JSON.parse(body)),
    "body-reserialized",
    "JSON without white space",
  ]),
  [
    "numbers that JavaScript writes otherwise",
    '{"a": 1.0, "b": 12345678901234567890}',
    '{"a":1.0,"b":12345678901234567890}',
    "body-reserialized",
    "without white space",
  ],
]);

bodyCases("what is suspicious about a body that nothing fits", [
  ["empty", "", TEXT, "body-empty", "empty"],
  [
    "truncated within a character",
    bytesOf(TEXT).subarray(0, TEXT.indexOf("ë") + 1),
    TEXT,
    "body-truncated",
    "in the middle",
  ],
  ["another", "no JSON", TEXT, "mismatch", "or changed on the way"],
  ["JSON that is whole", '{"a": 1}', TEXT, "mismatch", "or changed on the way"],
]);

bodyCases(
  "that a body is truncated, wherever",
  Array.from({ length: TEXT.length - 1 }, (_, i): BodyCase => [
    `after ${i + 1}`,
    TEXT.slice(0, i + 1),
    TEXT,
    "body-truncated",
    "in the middle",
  ]),
);

Deno.test("explainSignature() ends, however deep a body is", async () => {
  const body = "[".repeat(100_000) + "]".repeat(100_000);
  const explanation = await explained({ header: headerOf("signed"), body });
  assertEquals(codesOf(explanation)[0], "1 mismatch");
});

Deno.test("explainSignature() tries no changes of a body that nobody takes", async () => {
  const body = new Uint8Array((64 << 20) + 1);
  const wrong = await explained({ header: headerOf("signed"), body });
  assertEquals(codesOf(wrong), ["1 body-too-large"]);
  assert((await explained({ header: headerOf(body), body })).ok);
});
