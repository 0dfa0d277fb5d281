import { assertEquals } from "@std/assert";
import { EVENT_NAMES, splitEventName } from "../../lib/persona/event_names.ts";
import {
  matchesKnownEvent,
  nearestEventGlob,
  unmatchedGlobText,
} from "../../lib/persona/known_globs.ts";

Deno.test("matchesKnownEvent() knows every name, its kind and its action", () => {
  for (const name of EVENT_NAMES) {
    const { kind, action } = splitEventName(name);
    for (const glob of ["*", name, `${kind}.*`, `*.${action}`]) {
      assertEquals(matchesKnownEvent(glob), true, glob);
    }
  }
  for (const glob of ["inquiry.aproved", "inqury.*", "*.aproved", "inquiry"]) {
    assertEquals(matchesKnownEvent(glob), false, glob);
  }
});

Deno.test("nearestEventGlob() finds a name for a name, and a glob for a glob", () => {
  const table: [glob: string, nearest: string | undefined][] = [
    ["inquiry.aproved", "inquiry.approved"],
    ["inquiry.faild", "inquiry.failed"],
    ["Inquiry.Approved", "inquiry.approved"],
    ["inquiry.marked_for_review", "inquiry.marked-for-review"],
    ["inqury.*", "inquiry.*"],
    ["*.redcated", "*.redacted"],
    ["reports/*", undefined],
    ["payment.received-and-booked", undefined],
  ];
  for (const [glob, nearest] of table) {
    assertEquals(nearestEventGlob(glob), nearest, glob);
  }
});

Deno.test("unmatchedGlobText() says so of a glob without a match only", () => {
  assertEquals(unmatchedGlobText("inquiry.*"), null);
  assertEquals(
    unmatchedGlobText("inquiry.aproved"),
    '"inquiry.aproved" matches no known event. Did you mean "inquiry.approved"?',
  );
  assertEquals(unmatchedGlobText("x.y"), '"x.y" matches no known event.');
});

Deno.test("unmatchedGlobText() knows the inbox's own news", () => {
  for (const glob of ["inbox.*", "inbox.dead-letter", "inbox.destination-*"]) {
    assertEquals(unmatchedGlobText(glob), null);
  }
  assertEquals(
    unmatchedGlobText("inbox.dead-leter"),
    '"inbox.dead-leter" matches no known event. Did you mean "inbox.dead-letter"?',
  );
});
