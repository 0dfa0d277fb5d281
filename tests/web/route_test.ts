import { assertEquals } from "@std/assert";
import {
  eventHash,
  objectHash,
  readRoute,
  type Route,
  titleOf,
} from "../../lib/web/route.js";

Deno.test("readRoute() reads where a hash leads", () => {
  const cases: [hash: string, view: Route["view"], id: string][] = [
    ["", "events", ""],
    ["#", "events", ""],
    ["#/", "events", ""],
    ["#/what/ever", "events", ""],
    ["#/events/", "events", ""],
    ["#/events/evt_1", "event", "evt_1"],
    ["#/objects/inq_1", "object", "inq_1"],
    ["#/rejected", "rejected", ""],
    ["#/destinations", "destinations", ""],
    ["#/events/%E0%A4%A", "event", "%E0%A4%A"],
  ];
  for (const [hash, view, id] of cases) {
    assertEquals(readRoute(hash), { view, id });
  }
});

Deno.test("eventHash() and objectHash() lead back to any id", () => {
  for (const id of ["evt_1", "a/b", "50%", "é ?#&"]) {
    assertEquals(readRoute(eventHash(id)), { view: "event", id });
    assertEquals(readRoute(objectHash(id)), { view: "object", id });
  }
});

Deno.test("titleOf() says what is shown", () => {
  const title = (hash: string) => titleOf(readRoute(hash));
  assertEquals(title(""), "Events");
  assertEquals(title("#/rejected"), "Rejected");
  assertEquals(title("#/events/evt_1"), "Event evt_1");
  assertEquals(title("#/objects/inq_1"), "Object inq_1");
});
