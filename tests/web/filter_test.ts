import { assertEquals } from "@std/assert";
import type { Row } from "../../lib/views/api_types.ts";
import {
  type Filter,
  isEveryEvent,
  matchesFilter,
  readFilter,
  writeFilter,
} from "../../lib/web/filter.js";

const EVERY: Filter = {
  names: [],
  object: "",
  reference: "",
  destination: "",
  status: "",
  since: "",
  until: "",
};

Deno.test("readFilter() and writeFilter() are each other's reverse", () => {
  const cases: [query: string, filter: Partial<Filter>][] = [
    ["", {}],
    ["?name=inquiry.*", { names: ["inquiry.*"] }],
    ["?name=a.*&name=report/*.ready", { names: ["a.*", "report/*.ready"] }],
    ["?object=inq_1", { object: "inq_1" }],
    ["?reference=user+7%2B", { reference: "user 7+" }],
    ["?status=dead&since=1h", { status: "dead", since: "1h" }],
    ["?destination=app&since=2h&until=1h", {
      destination: "app",
      since: "2h",
      until: "1h",
    }],
    ["?name=a%26b%3D%23", { names: ["a&b=#"] }],
    ["?since=2024-02-15T23%3A48%3A17.732Z", {
      since: "2024-02-15T23:48:17.732Z",
    }],
  ];
  for (const [query, filter] of cases) {
    assertEquals(readFilter(query), { ...EVERY, ...filter });
    assertEquals(writeFilter({ ...EVERY, ...filter }), query);
  }
});

Deno.test("readFilter() passes over what it does not know, and what is empty", () => {
  assertEquals(readFilter("?what=ever&name=&status="), EVERY);
  assertEquals(isEveryEvent(readFilter("?name=")), true);
  assertEquals(isEveryEvent(readFilter("?name=a")), false);
});

Deno.test("matchesFilter() tells which new events are listed", () => {
  const row = {
    name: "report/watchlist.ready",
    objectId: "rep_1",
    status: "pending",
    dispatches: [
      { destination: "app", status: "done" },
      { destination: "mail", status: "pending" },
    ],
  } as unknown as Row;
  const cases: [filter: Partial<Filter>, isListed: boolean][] = [
    [{}, true],
    [{ names: ["report/*"] }, true],
    [{ names: ["*watch*"] }, true],
    [{ names: ["inquiry.*", "*.ready"] }, true],
    [{ names: ["report/watchlist.ready"] }, true],
    [{ names: ["watchlist"] }, false],
    [{ names: ["report/watchlist?ready"] }, false],
    [{ names: ["report/watchlist.read."] }, false],
    [{ names: ["[r]*"] }, false],
    [{ object: "rep_1" }, true],
    [{ object: "rep_2" }, false],
    [{ reference: "user-7" }, false],
    [{ status: "pending" }, true],
    [{ status: "done" }, false],
    [{ since: "1h" }, true],
    [{ until: "1h" }, false],
    [{ destination: "app" }, true],
    [{ destination: "crm" }, false],
    [{ destination: "app", status: "done" }, true],
    [{ destination: "app", status: "pending" }, false],
    [{ names: ["report/*"], object: "rep_2" }, false],
  ];
  for (const [filter, isListed] of cases) {
    const about = JSON.stringify(filter);
    assertEquals(matchesFilter({ ...EVERY, ...filter }, row), isListed, about);
  }
});
