import { assertEquals } from "@std/assert";
import {
  impossibleSecret,
  oddSecret,
  oddWebhookSecret,
} from "../../lib/config/secret_shape.ts";
import { SECRET } from "../support/signed_delivery.ts";

Deno.test("impossibleSecret() knows what people leave in the place of a secret", () => {
  const placeholders = [
    "wbhsec_…",
    "wbhsec_...",
    "wbhsec_",
    "wbhsec_xxxxxxxx",
    "wbhsec_your_secret_here",
    "wbhsec_example",
    "your_webhook_secret_here",
    "<webhook-secret>",
    "[secret]",
    "changeme",
    "change-me-please",
    "replace_with_secret",
    "secret",
    "webhook_secret",
    "password123",
    "********",
    "x",
  ];
  const unfilled = [
    "$SECRET",
    "${SECRET}",
    "$(SECRET)",
    "%SECRET%",
    "{{secret}}",
    "$",
  ];
  const absent = ["undefined", "null", "None", "NaN", "false"];
  const table: [texts: string[], what: string][] = [
    [placeholders, "it is a placeholder"],
    [unfilled, "it is the name of a variable that was not filled in"],
    [absent, "it is what programs print for a missing value"],
    [['""', "''", "“”"], "it is a pair of quotes around nothing"],
    [["abc1234", "wbhse"], "it has fewer than 8 characters"],
  ];
  for (const [texts, what] of table) {
    for (const text of texts) {
      assertEquals(impossibleSecret(text), what, text);
      if (what.includes("quotes")) continue;
      assertEquals(impossibleSecret(`"${text}"`), what, `quoted ${text}`);
    }
  }
});

Deno.test("impossibleSecret() takes what may be one", () => {
  for (
    const text of [
      SECRET,
      `"${SECRET}"`,
      "correct-horse-battery-staple",
      "$2b$10$N9qo8uLOickgx2ZMRZoMye",
      "3f786850e387550fdab836ed7e6dc881de23001b",
      "wbhsec_secretary",
      "persona_sandbox_2b6b8a1c",
    ]
  ) {
    assertEquals(impossibleSecret(text), undefined, text);
  }
});

Deno.test("oddWebhookSecret() knows what can never match", () => {
  const table: [text: string, what: string | undefined][] = [
    [SECRET, undefined],
    [`"${SECRET}"`, "has a quote at its end"],
    [`‘${SECRET}`, "has a quote at its end"],
    [`wbhsec_\u200bb6f1c0de`, "has an invisible character in it"],
    [`\ufeff${SECRET}`, "has an invisible character in it"],
    ["persona_sandbox_2b6b8a1c", "is an API key, which signs no delivery"],
    ["b6f1c0de-0000", "does not look like Persona's wbhsec_…"],
  ];
  for (const [text, what] of table) {
    assertEquals(oddWebhookSecret(text)?.what, what, text);
  }
  assertEquals(oddSecret("b6f1c0de-0000"), undefined);
});
