/** Texts that JSON has, and such that it has not, in the manner of JSONTestSuite. */

const DEEP = 20_000;
const DEEPER = 1_000_000;

export const JSON_TEXTS: readonly string[] = [
  // Scalars
  ...["null", "true", "false", '""', '"a"', "0", "-0", "1", "-1", "10"],
  ...["0.0", "-0.0", "1.5", "0.10", "1e5", "1E5", "1e+5", "1E-5", "0e0"],
  ...["0E+00", "1.0e01", "-1.5e-05", "1e999", "-1e999", "1e-999"],
  ...["12345678901234567890", `${"9".repeat(400)}`, `0.${"1".repeat(400)}`],
  // Space
  ...[" 1", "1 ", "\t\n\r 1\r\n\t ", "[ ]", "{ }", "[\n1\r,\t2 ]"],
  ' { "a" : [ ] , "b" : { } } ',
  // Strings
  ...['"\\""', '"\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"', '"\\u0000"'],
  ...['"\\u00e9"', '"\\uD83D\\uDE00"', '"\\uD83D"', '"\\uDE00\\uD83D"'],
  ...['"\\uabcd\\uABCD\\u0aF9"', '"\\\\u0041"', '"\\\\\\u0041"', '"/"'],
  ...['"\u2028\u2029"', '"\u007f"', '"\u0085"', '"é木🗝"', '"\ufeff"'],
  ...['"\ufffd"', '"\ufffe\uffff"', '"\u{10ffff}"', '"[{]},:"', '"\'"'],
  `"${"x".repeat(70_000)}"`,
  // Arrays and objects
  ...["[]", "[1]", "[1,2]", "[[]]", "[[],[]]", "[{}]", '["",0,null,true]'],
  ...["{}", '{"":0}', '{"a":1}', '{"a":{}}', '{"a":1,"a":2}', '{"a":1,"A":2}'],
  ...['{"__proto__":1}', '{"__proto__":{"a":1},"b":2}', '{"\\u0061":1}'],
  ...['{"constructor":{"prototype":{}}}', '{"toString":null}', '{"1":1,"0":0}'],
  ...['{"a":[{"b":[{"c":[]}]}]}', '{"a":{"b":{"c":{}}},"d":[]}'],
  "[".repeat(DEEP) + "]".repeat(DEEP),
  '{"a":'.repeat(DEEP) + "1" + "}".repeat(DEEP),
  '[{"a":'.repeat(DEEP) + "null" + "}]".repeat(DEEP),
  "[".repeat(DEEPER) + "]".repeat(DEEPER),
];

export const NO_JSON_TEXTS: readonly string[] = [
  // Nothing, or no value
  ...["", " ", "\n", ",", ":", "]", "}", "undefined", "NaN", "Infinity"],
  ...["-Infinity", "None", "True", "NULL", "nul", "nulll", "tru", "truee"],
  ...["fals", "falsey", "n", "t", "f", "'a'", "`a`", "a", "/**/1", "1//"],
  // Numbers
  ...["-", "+1", "01", "-01", "00", "1.", ".1", "-.1", "1.e1", "1e", "1e+"],
  ...["1E-", "1ee1", "1e1.5", "1.2.3", "0x10", "1_000", "1,000", "1 000"],
  ...["--1", "-+1", "- 1", "1-", "1+1", "0e", "0.", "0.e1", "2.e+", "1a"],
  ...["\uff11", "\u0661", "1n", "1f", "1\u0000"],
  // Strings
  ...['"', '"a', 'a"', '"\\"', '"\\', '"\\a"', '"\\0"', '"\\x41"', '"\\U0041"'],
  ...['"\\u"', '"\\u0"', '"\\u00"', '"\\u004"', '"\\u004', '"\\u00g0"'],
  ...['"\\u{41}"', '"\\u-041"', '"\\u 041"', '"\\uD83D\\u"', '"\\\u00e9"'],
  ...['"\n"', '"\t"', '"\r"', '"\0"', '"\x1f"', '"a\x08b"', '"\\\n"', '""""'],
  ...["\"a'", "'a\"", '"a" "b"', '"a""b"', "“a”"],
  // Arrays
  ...["[", "[[", "[1", "[1,", "[,", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]"],
  ...["[1;2]", "[1:2]", "[]]", "[]1", "[1}", "[}", "[)", "[1]]", "[[1]", "[a]"],
  ...['["a]', "[1,\n", "[-]", "[\u00a01]", "[...[]]", "[1]\f"],
  // Objects
  ...["{", "{{", "{}}", "{]", '{"a', '{"a"', '{"a":', '{"a":1', '{"a":1,'],
  ...['{"a":1,}', '{,"a":1}', "{,}", '{"a":1,,"b":2}', '{"a" 1}', '{"a",1}'],
  ...['{"a"::1}', '{"a":1 "b":2}', '{"a":1;"b":2}', "{a:1}", "{'a':1}"],
  ...["{1:1}", "{null:1}", "{[]:1}", "{{}:1}", '{"a":}', '{"a":1]', '{"a"}'],
  ...['{"a":1}}', '{"a":1}{', '{"a":1}1', '{"a":1} x', '{"a":1:2}', "{:1}"],
  ...['{"a":1/**/}', '{"a\n":1}', '{"\\q":1}', '{"a":01}', '{"a":"b"c}'],
  // Two values, and space that is none
  ...["1 2", "{} {}", "{}{}", "[] []", "null null", '{},""', "1\n2"],
  ...["\u00a01", "1\u00a0", "\u20281", "1\u2028", "\f1", "\v1", "\u00001"],
  ...["1\0", "\u30001", "\u200b{}", "{}\u0000", "{}#", "{}//x"],
  // A second byte-order mark, or one in the wrong place
  ...["\ufeff\ufeff1", "1\ufeff", "[\ufeff]", " \ufeff1"],
  "[".repeat(DEEP),
  "[".repeat(DEEPER),
  '{"a":'.repeat(DEEPER),
  "[".repeat(DEEP) + "]".repeat(DEEP - 1),
  "[".repeat(DEEP) + "]".repeat(DEEP + 1),
  "]".repeat(DEEP),
  "[".repeat(DEEP) + "}".repeat(DEEP),
];

/** What no UTF-8 text holds, each to stand inside a string. */
export const NO_UTF8: readonly (readonly number[])[] = [
  [0x80], // A continuation with nothing before it.
  [0xbf],
  [0xc3], // Half of a character.
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xc3, 0x28],
  [0xc0, 0x80], // Longer than needed.
  [0xc1, 0xbf],
  [0xc0, 0xa2],
  [0xe0, 0x80, 0xaf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xed, 0xa0, 0x80], // Surrogates.
  [0xed, 0xbf, 0xbf],
  [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  [0xf4, 0x90, 0x80, 0x80], // Beyond the last character.
  [0xf5, 0x80, 0x80, 0x80],
  [0xfe],
  [0xff],
  [0xff, 0xfe],
];
