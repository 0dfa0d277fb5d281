import { assertEquals } from "@std/assert";
import {
  parameterFault,
  type RouteParameters,
} from "../../lib/http/route_parameters.ts";

Deno.test("parameterFault() names the accepted parameters", () => {
  const none = "Cannot answer: the URL must have no parameters";
  const some = "Cannot answer: each parameter must be one of a, b";
  const both = { query: ["a", "b"], body: ["c"] };
  const table: [query: string, route: RouteParameters, fault?: string][] = [
    ["", {}],
    ["", both],
    ["a=1&b=2&a=3", both],
    ["c=1", both, some],
    ["a=1&c=1", both, some],
    ["A=1", both, some],
    ["__proto__=1", both, some],
    ["a=1", {}, none],
    ["=", {}, none],
    ["c=1", { body: ["c", "d"] }, `${none}: put c, d into a JSON body`],
  ];
  for (const [query, route, fault] of table) {
    assertEquals(
      parameterFault(new URLSearchParams(query), route),
      fault,
      query,
    );
  }
});
