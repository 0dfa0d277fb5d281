import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { codesOf, explained } from "../support/explained.ts";
import {
  bytesOf,
  headerOf,
  NOW_SECONDS,
  SECRET,
} from "../support/signed_delivery.ts";

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

const LATIN1 = bytesOf('{"a":"Zoë"}');
const QUOTED = bytesOf('{"a":"“Zoë”"}');

bodyCases("what was done to the encoding of a body", [
  ...bothWays(
    "byte-order mark",
    [`\ufeff${TEXT}`, "without its byte-order mark"],
    [TEXT, "with a byte-order mark before it"],
    "body-byte-order-mark",
  ),
  ...["\ufeff", ""].map((mark): BodyCase => [
    `UTF-16 ${mark && "marked"}`,
    Buffer.from(mark + TEXT, "utf16le"),
    TEXT,
    "body-utf16",
    "in UTF-8",
  ]),
  [
    "big-endian UTF-16",
    Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(),
    TEXT,
    "body-utf16",
    "in UTF-8",
  ],
  ...bothWays(
    "mojibake",
    [bytesOf(Buffer.from(LATIN1).toString("latin1")), "encoded as Latin-1"],
    [LATIN1, "decoded as Latin-1"],
    "body-latin1",
  ),
  ...bothWays(
    "mojibake of Windows",
    [
      bytesOf(new TextDecoder("windows-1252").decode(QUOTED)),
      "encoded as Windows-1252",
    ],
    [QUOTED, "decoded as Windows-1252"],
    "body-latin1",
  ),
  ...bothWays(
    "Latin-1",
    [Buffer.from('{"a":"Zoë"}', "latin1"), "decoded as Latin-1"],
    [LATIN1, "encoded as Latin-1"],
    "body-latin1",
  ),
  [
    "no UTF-8",
    Uint8Array.of(0x22, 0xff, 0x22),
    '"\ufffd"',
    "body-not-utf8",
    "U+FFFD where it is no UTF-8",
  ],
  ["Base64", Buffer.from(TEXT).toString("base64"), TEXT, "body-base64", ""],
  ...bothWays(
    "JSON string",
    [JSON.stringify(TEXT), "the text inside"],
    [TEXT, "encoded as a JSON string"],
    "body-quoted",
  ),
]);

const LINES = JSON.stringify(VALUE, null, 2);

bodyCases("what editors, shells and git did to a body", [
  ...bothWays(
    "line break",
    [`${TEXT}\n`, "without the line break"],
    [TEXT, "with a line break (\\n)"],
    "body-line-break",
  ),
  ...bothWays(
    "line break of Windows",
    [`${TEXT}\r\n`, "without the line break"],
    [TEXT, "with a line break (\\r\\n)"],
    "body-line-break",
  ),
  ...bothWays(
    "line break after what is no JSON",
    [Uint8Array.of(0xff, 0x0a), "without the line break"],
    [Uint8Array.of(0xff), "with a line break"],
    "body-line-break",
  ),
  ...bothWays(
    "line ends",
    [LINES.replaceAll("\n", "\r\n"), "\\r\\n as \\n"],
    [LINES, "\\n as \\r\\n"],
    "body-line-ends",
  ),
  ["space", ` ${TEXT}\n\n`, TEXT, "body-white-space", "around it"],
  ["two bodies", `${TEXT}\n${TEXT}`, TEXT, "body-continued", "first JSON"],
  ["a zero", `${TEXT}\0`, TEXT, "body-continued", "first JSON"],
]);

/** What other programs write for the same value. */
const WRITINGS: readonly (readonly [text: string, words: string])[] = [
  [LINES, "an indentation of 2 spaces"],
  [JSON.stringify(VALUE, null, 4), "an indentation of 4 spaces"],
  [JSON.stringify(VALUE, null, "\t"), "an indentation by tabs"],
  // json.dumps(value)
  [
    String
      .raw`{"id": "evt_1", "name": "Zo\u00eb </b> & \"q\"", "url": "https://a/b?c=1", "tel": "+1'5", "none": [], "more": {"n-o": 1.5, "a": null}}`,
    "a space after each comma and colon, \\u escapes for all but ASCII",
  ],
  // json.dumps(value, sort_keys=True)
  [
    String
      .raw`{"id": "evt_1", "more": {"a": null, "n-o": 1.5}, "name": "Zo\u00eb </b> & \"q\"", "none": [], "tel": "+1'5", "url": "https://a/b?c=1"}`,
    "members in the order of their names, a space after each comma",
  ],
  // Go
  [
    String
      .raw`{"id":"evt_1","more":{"a":null,"n-o":1.5},"name":"Zoë \u003c/b\u003e \u0026 \"q\"","none":[],"tel":"+1'5","url":"https://a/b?c=1"}`,
    "members in the order of their names, \\u escapes for <, > and &",
  ],
  // Rails
  [
    String
      .raw`{"id":"evt_1","name":"Zoë \u003c/b\u003e \u0026 \"q\"","url":"https://a/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with \\u escapes for <, > and &",
  ],
  // Gson
  [
    String
      .raw`{"id":"evt_1","name":"Zoë \u003c/b\u003e \u0026 \"q\"","url":"https://a/b?c\u003d1","tel":"+1\u00275","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with \\u escapes for <, >, &, = and '",
  ],
  // PHP, by default, and with JSON_UNESCAPED_UNICODE
  [
    String
      .raw`{"id":"evt_1","name":"Zo\u00eb <\/b> & \"q\"","url":"https:\/\/a\/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with \\/ for / and \\u escapes for all but ASCII",
  ],
  [
    String
      .raw`{"id":"evt_1","name":"Zoë <\/b> & \"q\"","url":"https:\/\/a\/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with \\/ for /",
  ],
  // Jackson, ESCAPE_NON_ASCII
  [
    String
      .raw`{"id":"evt_1","name":"Zo\u00EB </b> & \"q\"","url":"https://a/b?c=1","tel":"+1'5","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with upper-case \\u escapes for all but ASCII",
  ],
  // System.Text.Json
  [
    String
      .raw`{"id":"evt_1","name":"Zo\u00EB \u003C/b\u003E \u0026 \u0022q\u0022","url":"https://a/b?c=1","tel":"\u002B1\u00275","none":[],"more":{"n-o":1.5,"a":null}}`,
    "JSON with upper-case \\u escapes for quotes, <, >, &, + and all but ASCII",
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
  // Where members changed their order it is lost.
  WRITINGS.filter(([text]) => text.indexOf("name") < text.indexOf("more"))
    .map(([body, words]) => [words, body, TEXT, "body-reserialized", ""]),
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
    "JSON with ",
  ]),
  [
    "numbers and lines",
    "[1.0]",
    "[\n  1\n]",
    "body-reserialized",
    "as JavaScript has them, an indentation of 2",
  ],
]);

bodyCases(
  "that keys were spelled otherwise",
  ["kebab", "camel", "snake"].map((inflection, i) => {
    const keys = ["created-at", "createdAt", "created_at"];
    return [
      inflection,
      JSON.stringify({ [keys[(i + 1) % 3]!]: 1 }),
      JSON.stringify({ [keys[i]!]: 1 }),
      "body-keys",
      `keys in ${inflection} case`,
    ];
  }),
);

const COMPRESSED: Record<string, Uint8Array> = {
  gzip: gzipSync(TEXT),
  deflate: deflateSync(TEXT),
};

bodyCases("what is suspicious about a body that nothing fits", [
  ["empty", "", TEXT, "body-empty", "empty"],
  ["truncated", TEXT.slice(0, 40), TEXT, "body-truncated", "in the middle"],
  [
    "truncated within a character",
    bytesOf(TEXT).subarray(0, TEXT.indexOf("ë") + 1),
    TEXT,
    "body-truncated",
    "in the middle",
  ],
  [
    "decoded chunk by chunk",
    TEXT.replace("ë", "\ufffd\ufffd"),
    TEXT,
    "body-replaced",
    "U+FFFD",
  ],
  ["another", "no JSON", TEXT, "mismatch", "or over other bytes: no likely"],
  [
    "JSON as no JavaScript writes it",
    '{"a": 1}',
    TEXT,
    "mismatch",
    "or over other bytes: no likely",
  ],
  ...[
    ["numbers", '{"a":1.0}'],
    ["long numbers", '{"a":12345678901234567890}'],
    ["the order of keys", '{"b":1,"a":2,"2":3}'],
  ].map(([name = "", signed = ""]): BodyCase => [
    `${name} lost by parsing`,
    JSON.stringify(JSON.parse(signed)),
    signed,
    "mismatch",
    "parsed and written again before it was verified (numbers such as 1.0, the order of keys)",
  ]),
  ...["gzip", "deflate"].map((format): BodyCase => [
    format,
    COMPRESSED[format]!,
    TEXT,
    "body-compressed",
    "looks compressed",
  ]),
]);

Deno.test("explainSignature() tells two changes at once", async () => {
  const unsigned = createHmac("sha256", SECRET).update(TEXT).digest("hex");
  const secret = SECRET.slice("wbhsec_".length);
  const table: [header: string, body: string | Uint8Array, codes: string[]][] =
    [
      [headerOf(TEXT, { secret }), `${TEXT}\n`, [
        "1 body-line-break",
        "1 secret-prefix",
      ]],
      [`t=${NOW_SECONDS},v1=${unsigned}`, LINES, [
        "1 body-reserialized",
        "1 timestamp-unsigned",
      ]],
      [headerOf(TEXT), `\ufeff${TEXT}\r\n`, [
        "1 body-byte-order-mark",
        "1 body-line-break",
      ]],
      [headerOf(TEXT), Buffer.from(`\ufeff${LINES}`, "utf16le"), [
        "1 body-utf16",
        "1 body-reserialized",
      ]],
    ];
  for (const [header, body, codes] of table) {
    assertEquals(codesOf(await explained({ header, body })), codes);
  }
});

Deno.test("explainSignature() warns of what a valid body asks of a receiver", async () => {
  for (const body of ["[1.0]", '{"a":1}\n', '"\\u00e9"', "[\n]"]) {
    const explanation = await explained({ header: headerOf(body), body });
    assert(explanation.ok);
    const codes = ["receiver-rewrites-body", "1 fits"];
    assertEquals(codesOf(explanation).toSorted(), codes.toSorted());
  }
});

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
