import { assertEquals } from "@std/assert";
import {
  decodeHead,
  decodeTail,
  headOf,
} from "../../lib/destinations/output.ts";
import { bytesOf } from "../support/signed_delivery.ts";

const MAX = 4_096;

Deno.test("short texts are kept as they are", () => {
  for (const text of ["", "ok", "é木🗝\r\n\x1b[1m", "x".repeat(MAX)]) {
    assertEquals(headOf(text), text);
    assertEquals(decodeHead(bytesOf(text)), text);
    assertEquals(decodeTail(bytesOf(text)), text);
  }
});

Deno.test("a cut leaves no half characters, wherever it falls", () => {
  for (const [character, width] of [["é", 2], ["木", 3], ["🗝", 4]] as const) {
    for (let shift = 0; shift < width; shift++) {
      const ascii = "x".repeat(shift);
      const many = character.repeat(MAX);
      const kept = (MAX - shift - (MAX - shift) % width) / width;
      const expected = character.repeat(kept);
      const about = `${character} ${shift}`;
      assertEquals(headOf(ascii + many), ascii + expected, about);
      assertEquals(decodeHead(bytesOf(ascii + many)), ascii + expected, about);
      assertEquals(decodeTail(bytesOf(many + ascii)), expected + ascii, about);
    }
  }
});

Deno.test("a cut leaves no half surrogate pair of a text", () => {
  const text = "🗝".repeat(MAX);
  assertEquals(headOf(text).isWellFormed(), true);
  assertEquals(headOf(`x${text}`), `x${"🗝".repeat(1_023)}`);
});

Deno.test("what is not UTF-8 is replaced, within the limit", () => {
  const invalid = new Uint8Array(10_000).fill(0xff);
  for (const text of [decodeHead(invalid), decodeTail(invalid)]) {
    assertEquals(text, "\ufffd".repeat(MAX / 3));
  }
  const continued = new Uint8Array(10_000).fill(0x80);
  assertEquals(decodeHead(continued), "\ufffd".repeat(MAX / 3));
  assertEquals(decodeTail(continued), "\ufffd".repeat(MAX / 3));
  assertEquals(decodeHead(Uint8Array.of(0x61, 0xc3)), "a\ufffd");
  assertEquals(decodeTail(Uint8Array.of(0xa9, 0x61)), "\ufffda");
});

Deno.test("what a store cannot hold is replaced", () => {
  assertEquals(headOf("a\0b\ud800"), "a\ufffdb\ufffd");
  assertEquals(decodeHead(bytesOf("a\0b")), "a\ufffdb");
  assertEquals(decodeTail(bytesOf("a\0b")), "a\ufffdb");
});
