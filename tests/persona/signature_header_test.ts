import { assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { parseSignatureHeader } from "../../lib/persona/signature_header.ts";

const A = "a".repeat(64);
const B = "0123456789abcdef".repeat(4);

/** Each set as its `t` and the hex of its signatures. */
function read(header: string): [string, string[]][] {
  return parseSignatureHeader(header).map((
    { timestamp, macs },
  ) => [timestamp, macs.map((mac) => encodeHex(mac))]);
}

Deno.test("parseSignatureHeader() reads a set", () => {
  assertEquals(read(`t=17,v1=${B}`), [["17", [B]]]);
});

Deno.test("parseSignatureHeader() reads sets in their order", () => {
  const expected: [string, string[]][] = [["2", [A]], ["1", [B]]];
  for (
    const header of [
      `t=2,v1=${A} t=1,v1=${B}`,
      `  t=2,v1=${A}   t=1,v1=${B} `,
      `t=2,v1=${A}, t=1,v1=${B}`, // A doubled header, as HTTP joins it.
      `t=2,v1=${A},t=1,v1=${B}`,
      `t=2, v1=${A} t=1, v1=${B}`,
      `t=2 , v1=${A}  ,  t=1 ,v1=${B}`,
      `v0=x,t=2,v1=${A},v2=y,t=1,v1=${B}`,
      `t=2,v1=${A},v1=${A.slice(1)},t=1,v1=${B}`,
    ]
  ) assertEquals(read(header), expected, header);
});

Deno.test("parseSignatureHeader() keeps each v1 with the t of its own set", () => {
  assertEquals(read(`t=2,v1=${A},v1=${B},t=1,v1=${B}`), [
    ["2", [A, B]],
    ["1", [B]],
  ]);
  // Either t may be the one of the v1 between them, or of the one before.
  for (
    const header of [
      `v1=${A},t=1,v1=${B},t=2`,
      `v1=${A},t=1,v1=${B},t=2,v1=${B}`,
      `t=1,v1=${A},t=2,t=3,v1=${B}`,
    ]
  ) assertEquals(read(header), [], header);
});

Deno.test("parseSignatureHeader() ignores order and unknown keys in a set", () => {
  for (
    const header of [
      `v1=${A},t=1`,
      `v0=x,t=1,v1=${A}`,
      `t=1,v1=${A},v2=${B},T=9,V1=${B},foo,=,,t:3,v1:4`,
      `,t=1,,v1=${A},`,
      `__proto__=1,t=1,v1=${A}`,
    ]
  ) assertEquals(read(header), [["1", [A]]], header);
});

Deno.test("parseSignatureHeader() keeps the good v1 among bad ones", () => {
  for (
    const bad of [
      "",
      "a",
      A.slice(1),
      `${A}a`,
      A + A,
      A.toUpperCase(),
      `${A.slice(1)}g`,
      `${A}\n`,
      `0x${A.slice(2)}`,
      `${A.slice(1)}\uff41`,
      "invalid_signature",
    ]
  ) {
    assertEquals(read(`t=1,v1=${bad}`), [], bad);
    assertEquals(read(`t=1,v1=${bad},v1=${B}`).at(-1)?.[1], [B], bad);
  }
});

Deno.test("parseSignatureHeader() refuses a set without exactly one good t", () => {
  for (
    const set of [
      `v1=${A}`,
      `t=,v1=${A}`,
      `t=1,t=2,v1=${A}`,
      `t=1,t=1,v1=${A}`,
      `t=,t=1,v1=${A}`,
      `t=1,v1=${A},t=2`,
      `t=-1,v1=${A}`,
      `t=+1,v1=${A}`,
      `t=1.5,v1=${A}`,
      `t=1e9,v1=${A}`,
      `t=NaN,v1=${A}`,
      `t=1${"0".repeat(15)},v1=${A}`,
      `t=1\t,v1=${A}`,
      `T=1,v1=${A}`,
    ]
  ) {
    assertEquals(read(set), [], set);
    assertEquals(read(`${set} t=7,v1=${B}`).at(-1), ["7", [B]], set);
  }
});

Deno.test("parseSignatureHeader() keeps t as it is written", () => {
  assertEquals(read(`t=007,v1=${A}`), [["007", [A]]]);
  assertEquals(read(`t=999999999999999,v1=${A}`), [["999999999999999", [A]]]);
});

Deno.test("parseSignatureHeader() limits sets and signatures", () => {
  const sets = (count: number) => Array(count).fill(`t=1,v1=${A}`).join(" ");
  const macs = (count: number) => `t=1${`,v1=${A}`.repeat(count)}`;
  for (const count of [5, 16]) assertEquals(read(sets(count)).length, count);
  for (const count of [17, 1_000, 100_000]) {
    assertEquals(read(sets(count)), []);
  }
  assertEquals(read(macs(4)), [["1", [A, A, A, A]]]);
  for (const count of [5, 1_000]) assertEquals(read(macs(count)), []);
  assertEquals(read(`${"x ".repeat(16)}t=1,v1=${A}`), []);
  const times = (count: number, by: string) =>
    Array.from({ length: count }, (_, i) => `t=${i},v1=${A}`).join(by);
  for (const by of [" ", ",", ", "]) {
    assertEquals(read(times(4, by)).length, 4);
    for (const count of [5, 16, 1_000]) {
      assertEquals(read(times(count, by)), []);
    }
  }
});

Deno.test("parseSignatureHeader() takes time in proportion to the header's length", () => {
  const blanks = " ".repeat(1 << 20);
  assertEquals(read(`t=1,v1=${A}${blanks}`), [["1", [A]]]);
  assertEquals(read(`t=1${blanks},${blanks}v1=${A}`), [["1", [A]]]);
  assertEquals(read(`${blanks}x`), []);
});

Deno.test("parseSignatureHeader() separates by spaces only", () => {
  for (const space of ["\t", "\n", "\u00a0", "\u2003", ";"]) {
    // `t=2` and the first v1 are lost, the rest stands alone and must fit.
    const header = `t=1,v1=${A}${space}t=2,v1=${B}`;
    assertEquals(read(header), [["1", [B]]], JSON.stringify(space));
  }
});
