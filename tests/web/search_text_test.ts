import { assertEquals } from "@std/assert";
import {
  eventIdOf,
  readSearch,
  type Search,
  writeSearch,
} from "../../lib/web/search_text.js";

Deno.test("readSearch() and writeSearch() are each other's reverse", () => {
  const cases: [text: string, search: Partial<Search>][] = [
    ["", {}],
    ["approved", { names: ["*approved*"] }],
    ["inquiry.*", { names: ["inquiry.*"] }],
    ["report/watchlist", { names: ["*report/watchlist*"] }],
    ["inquiry.* approved", { names: ["inquiry.*", "*approved*"] }],
    ["inq_8kYQdT4ZVvp", { object: "inq_8kYQdT4ZVvp" }],
    ["inquiry.* inq_1", { names: ["inquiry.*"], object: "inq_1" }],
    ["object:odd-id", { object: "odd-id" }],
    ["ref:user-7", { reference: "user-7" }],
    ["inq_1 ref:user%207%2C%25", { object: "inq_1", reference: "user 7,%" }],
  ];
  for (const [text, search] of cases) {
    const full = { names: [], object: "", reference: "", ...search };
    assertEquals(readSearch(text), full);
    assertEquals(writeSearch(full), text);
  }
});

Deno.test("readSearch() takes commas and any space", () => {
  assertEquals(readSearch("  a.*,\tb.*  "), {
    names: ["a.*", "b.*"],
    object: "",
    reference: "",
  });
});

Deno.test("readSearch() takes a reference id that is encoded wrongly as it is", () => {
  assertEquals(readSearch("ref:100%").reference, "100%");
});

Deno.test("writeSearch() keeps a whole name as it is", () => {
  const search = { names: ["inquiry.approved"], object: "", reference: "" };
  assertEquals(writeSearch(search), "inquiry.approved");
});

Deno.test("eventIdOf() knows the id of an event", () => {
  assertEquals(eventIdOf(" evt_4XkN2cTb "), "evt_4XkN2cTb");
  for (const text of ["inq_1", "evt_", "evt_1 x", "approved", ""]) {
    assertEquals(eventIdOf(text), undefined);
  }
});
