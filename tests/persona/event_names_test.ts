import { assertEquals } from "@std/assert";
import {
  EVENT_NAMES,
  isKnownEventName,
  splitEventName,
} from "../../lib/persona/event_names.ts";

Deno.test("EVENT_NAMES holds 250 names, each once and in order", () => {
  assertEquals(EVENT_NAMES.length, 250);
  assertEquals(new Set(EVENT_NAMES).size, 250);
  assertEquals([...EVENT_NAMES], [...EVENT_NAMES].toSorted());
});

Deno.test("EVENT_NAMES holds names of one dot, between two words", () => {
  for (const name of EVENT_NAMES) {
    assertEquals(/^[a-z_/-]+\.[a-z-]+$/.test(name), true, name);
  }
});

Deno.test("isKnownEventName() knows the catalog and nothing else", () => {
  for (const name of EVENT_NAMES) assertEquals(isKnownEventName(name), true);
  for (const name of ["", "inquiry", "inquiry.*", "toString", "__proto__"]) {
    assertEquals(isKnownEventName(name), false, name);
  }
});

Deno.test("splitEventName() splits at the last dot", () => {
  const table = [
    ["inquiry.approved", "inquiry", "approved"],
    ["report/watchlist.ready", "report/watchlist", "ready"],
    [
      "connect/share-token.inbound-created",
      "connect/share-token",
      "inbound-created",
    ],
    ["a.b.c", "a.b", "c"],
    ["inquiry", "inquiry", ""],
    ["inquiry.", "inquiry", ""],
    [".approved", "", "approved"],
    ["", "", ""],
  ] as const;
  for (const [name, kind, action] of table) {
    assertEquals(splitEventName(name), { kind, action }, name);
  }
});
