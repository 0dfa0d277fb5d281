import { assertEquals } from "@std/assert";
import { didYouMean, nearestName } from "../../lib/persona/nearest_name.ts";

const COMMANDS = ["serve", "send", "events", "tail", "replay", "doctor"];

Deno.test("nearestName() finds what a slip of the pen was meant to be", () => {
  const table: [name: string, nearest: string | undefined][] = [
    ["evnts", "events"],
    ["eventss", "events"],
    ["evetns", "events"],
    ["EVENTS", "events"],
    ["sned", "send"],
    ["srve", "serve"],
    ["tial", "tail"],
    ["events", "events"],
    ["frobnicate", undefined],
    ["", undefined],
    ["x", undefined],
    ["s".repeat(1e6), undefined],
  ];
  for (const [name, nearest] of table) {
    assertEquals(nearestName(name, COMMANDS), nearest, name.slice(0, 20));
  }
  assertEquals(nearestName("a", []), undefined);
});

Deno.test("nearestName() takes the closest, and of equals the first", () => {
  assertEquals(nearestName("abcd", ["abxx", "abce", "abcf"]), "abce");
  assertEquals(nearestName("aaaaaa", ["aaaabb", "aaaaab"]), "aaaaab");
});

Deno.test("didYouMean() asks, or is silent", () => {
  assertEquals(didYouMean("evnts", COMMANDS), ' Did you mean "events"?');
  assertEquals(didYouMean("frobnicate", COMMANDS), "");
});
