import { assertEquals } from "@std/assert";
import { SseParser } from "../../lib/web/sse_parser.js";

const STREAM =
  ': hello\n\nid: 7.3\nevent: event\ndata: {"a":1}\n\n:\n\nevent: attempt\r\ndata: one\r\ndata:two\r\n\r\ndata\n\nid: 8.3\rdata:  é\r\r';

const EVENTS = [
  { type: "event", data: '{"a":1}', lastEventId: "7.3" },
  { type: "attempt", data: "one\ntwo", lastEventId: "7.3" },
  { type: "message", data: "", lastEventId: "7.3" },
  { type: "message", data: " é", lastEventId: "8.3" },
];

Deno.test("SseParser reads events, wherever the stream is cut", () => {
  // What follows tells that a line break at the end is a whole one.
  const text = `${STREAM}:\n`;
  assertEquals(new SseParser().push(text), EVENTS);
  for (let size = 1; size < text.length; size++) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) {
      events.push(...parser.push(text.slice(at, at + size)));
    }
    assertEquals(events, EVENTS, `pieces of ${size}`);
  }
});

Deno.test("SseParser waits for the end of an event", () => {
  const parser = new SseParser();
  assertEquals(parser.push("event: event\ndata: 1\n"), []);
  assertEquals(parser.push("\n").length, 1);
});

Deno.test("SseParser drops an event without data, and what it does not know", () => {
  const parser = new SseParser();
  assertEquals(parser.push("event: event\nid: 1\n\n"), []);
  assertEquals(parser.push("retry: 5\nwhat: ever\ndata: x\n\n"), [
    { type: "message", data: "x", lastEventId: "1" },
  ]);
});
