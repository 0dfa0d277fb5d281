import { assertEquals, assertThrows } from "@std/assert";
import { readEvent } from "../../lib/web/read_event.js";

Deno.test("readEvent() takes the body out, digit by digit", () => {
  const body = '{"n": 12345678901234567890, "body": 1.0}';
  const text = `{"id":"evt_1","seq":7,"dispatches":[],"body":${body}}`;
  const event = readEvent(text);
  assertEquals(event.text.slice(event.body.start, event.body.end), body);
  assertEquals(event.detail.id, "evt_1");
  assertEquals(event.detail.seq, 7);
});

Deno.test("readEvent() refuses what is no event", () => {
  for (const text of ["{}", "[]", '{"body":1', "<html>"]) {
    assertThrows(() => readEvent(text), SyntaxError);
  }
});
