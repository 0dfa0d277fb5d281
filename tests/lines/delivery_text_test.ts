import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deliveryText } from "../../lib/lines/delivery_text.ts";
import { bytesOf, eventText } from "../support/signed_delivery.ts";

const HEADERS = new Headers({
  "content-type": "application/json",
  "persona-signature": "t=1,v1=ab",
  authorization: "Bearer canary",
});

Deno.test("deliveryText() shows headers, event type, entity and body, and no credential", () => {
  const body = bytesOf(eventText());
  const text = deliveryText({ headers: HEADERS, body });
  const expected = `Headers:
  authorization: …
  content-type: application/json
  persona-signature: t=1,v1=ab
Event type: inquiry.approved
Payload entity type: inquiry
Payload entity ID: inq_1
Body: {
  "data": {
`;
  assertEquals(text.slice(0, expected.length), expected);
  assert(!text.includes("Bearer"));
});

Deno.test("deliveryText() shows any body, bounded, and nothing that a terminal obeys", () => {
  const show = (body: string) =>
    deliveryText({ headers: new Headers(), body: bytesOf(body) });
  assertEquals(show("[1]"), "Headers:\nBody: [1]\n");
  assertEquals(show('{"a":"\x1b[2J"}'), 'Headers:\nBody: {"a":"\\u001b[2J"}\n');
  assertStringIncludes(show('"\x1b[2J"'), "\\u001b[2J");
  assertEquals(
    show('["x?access_token=t0ken"]'),
    'Headers:\nBody: ["x?access_token=<string 5>"]\n',
  );
  const long = show(JSON.stringify("x".repeat(100_000)));
  assert(long.length < 20_000);
  assertStringIncludes(long, "… 83618 more characters");
  assertEquals(
    deliveryText({ headers: HEADERS, body: null }).includes("Body"),
    false,
  );
});
