import { assertEquals } from "@std/assert";
import { Tail } from "../../lib/destinations/tail.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { bytesOf } from "../support/signed_delivery.ts";

Deno.test("Tail keeps the end, whatever the pieces", () => {
  const random = new SeededRandom(1);
  for (const most of [2, 100, 5_000, 20_000]) {
    const tail = new Tail();
    let all = "";
    for (let i = 0; i < 50; i++) {
      const piece = String.fromCharCode(97 + i % 26).repeat(random.below(most));
      tail.add(bytesOf(piece));
      all += piece;
      assertEquals(tail.text, all.slice(-4_096));
    }
  }
});

Deno.test("Tail keeps a character whose halves come apart", () => {
  const tail = new Tail();
  for (const byte of bytesOf("aé木🗝")) tail.add(Uint8Array.of(byte));
  assertEquals(tail.text, "aé木🗝");
});
