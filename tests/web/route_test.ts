import { assertEquals } from "@std/assert";
import {
  eventHash,
  objectHash,
  readRoute,
  type Route,
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
