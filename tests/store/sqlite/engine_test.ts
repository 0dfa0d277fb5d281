import { assertEquals, assertMatch } from "@std/assert";
import {
  engineVersion,
  losesCommits,
} from "../../../lib/store/sqlite/engine.ts";

Deno.test("losesCommits() is true for the versions with SQLite's WAL-reset bug", () => {
  const affected = [
    "3.7.0",
    "3.44.5",
    "3.45.0",
    "3.49.9",
    "3.50.2",
    "3.50.6",
    "3.51.0",
    "3.51.2",
  ];
  const sound = [
    "3.6.23",
    "3.44.6",
    "3.44.10",
    "3.50.7",
    "3.51.3",
    "3.52.0",
    "3.53.2",
    "4.0.0",
  ];
  assertEquals([...affected, ...sound].filter(losesCommits), affected);
});

Deno.test("engineVersion() returns the SQLite version of this runtime", () => {
  assertMatch(engineVersion(), /^3\.\d+\.\d+$/);
});
