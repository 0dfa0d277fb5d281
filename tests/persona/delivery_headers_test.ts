import { assertEquals } from "@std/assert";
import { readDeliveryHeaders } from "../../lib/persona/delivery_headers.ts";

const MADE = "persona-webhook-attempts-made";
const LEFT = "persona-webhook-attempts-left";
const FIRST = "persona-webhook-first-attempted-at";

Deno.test("readDeliveryHeaders() reads all three", () => {
  const headers = new Headers({
    [MADE]: "1",
    [LEFT]: "7",
    [FIRST]: "1708040897",
  });
  assertEquals(readDeliveryHeaders(headers), {
    attemptsMade: 1,
    attemptsLeft: 7,
    firstAttemptedAtMs: 1708040897000,
  });
});

Deno.test("readDeliveryHeaders() reads absent headers as null", () => {
  assertEquals(readDeliveryHeaders(new Headers()), {
    attemptsMade: null,
    attemptsLeft: null,
    firstAttemptedAtMs: null,
  });
});

Deno.test("readDeliveryHeaders() reads 0 as 0", () => {
  const headers = new Headers({ [LEFT]: "0" });
  assertEquals(readDeliveryHeaders(headers).attemptsLeft, 0);
});

Deno.test("readDeliveryHeaders() reads hostile values as null", () => {
  const values = [
    "",
    "-1",
    "+1",
    "1.0",
    "1e9",
    "0x10",
    "1_000",
    "1 2",
    "NaN",
    "Infinity",
    "9007199254740992",
    "9".repeat(400),
  ];
  for (const value of values) {
    const headers = new Headers({ [MADE]: value, [FIRST]: value });
    const { attemptsMade, firstAttemptedAtMs } = readDeliveryHeaders(headers);
    assertEquals([attemptsMade, firstAttemptedAtMs], [null, null], value);
  }
});

Deno.test("readDeliveryHeaders() reads a repeated header as null", () => {
  const headers = new Headers([[MADE, "1"], [MADE, "2"]]);
  assertEquals(readDeliveryHeaders(headers).attemptsMade, null);
});

Deno.test("readDeliveryHeaders() reads seconds unsafe as milliseconds as null", () => {
  const headers = new Headers({ [FIRST]: "9007199254741" });
  assertEquals(readDeliveryHeaders(headers).firstAttemptedAtMs, null);
});
