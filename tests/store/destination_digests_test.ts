import { assertEquals } from "@std/assert";
import { findDisagreement } from "../../lib/store/destination_digests.ts";

Deno.test("findDisagreement() names what not all have, and what is not the same", () => {
  assertEquals(findDisagreement([]), null);
  assertEquals(
    findDisagreement([{ a: "1", b: "2" }, { b: "2", a: "1" }]),
    null,
  );
  const textOf = (...all: Record<string, string>[]) =>
    findDisagreement(all)?.message.split(": ")[1];
  assertEquals(textOf({ a: "1" }, {}), "not all have a");
  assertEquals(
    textOf({ a: "1", b: "1" }, { a: "1", b: "2", c: "1" }),
    "not all have c; events, filter or order differ for b",
  );
});
