import { assertEquals } from "@std/assert";
import { ownDestinations } from "../../lib/config/own_destinations.ts";
import { loadDestinations } from "../support/destination_sources.ts";

const PLACES = [
  { hostname: "localhost", port: 3000 },
  { hostname: "192.0.2.7", port: 3001 },
];

Deno.test("ownDestinations() finds URLs that lead back to a listener", () => {
  const table: [url: string, isOwn: boolean][] = [
    ["http://127.0.0.1:3000/webhook", true],
    ["http://localhost:3000/other", true],
    ["http://localhost.:3000/", true],
    ["http://127.8.9.10:3000/", true],
    ["http://[::1]:3000/webhook", true],
    ["http://0.0.0.0:3000/", true],
    ["http://192.0.2.7:3001/", true],
    ["http://127.0.0.1:3001/", true],
    ["http://192.0.2.7:3002/", false],
    ["http://127.0.0.1:8080/webhook", false],
    ["http://inbox.example:3000/webhook", false],
    ["http://localhost/webhook", false],
  ];
  for (const [url, isOwn] of table) {
    const destinations = loadDestinations([{ name: "app", url }]);
    const warnings = ownDestinations(destinations, PLACES);
    assertEquals(warnings.length, isOwn ? 1 : 0, url);
  }
  const others = loadDestinations([{ name: "a", exec: ["true"] }]);
  assertEquals(ownDestinations(others, PLACES), []);
});
