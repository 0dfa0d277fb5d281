import { assert, assertEquals } from "@std/assert";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import { isNameGlob, matchesGlob } from "../../lib/persona/name_glob.ts";

Deno.test("matchesGlob() matches whole names", () => {
  const table: [glob: string, name: string, expected: boolean][] = [
    ["inquiry.approved", "inquiry.approved", true],
    ["inquiry.approved", "inquiry.approved ", false],
    ["inquiry.approved", "inquiry.approve", false],
    ["Inquiry.approved", "inquiry.approved", false],
    ["*", "inquiry.approved", true],
    ["*", "", true],
    ["**", "", true],
    ["", "", true],
    ["", "a", false],
    ["inquiry.*", "inquiry.approved", true],
    ["inquiry.*", "inquiry.", true],
    ["inquiry.*", "inquiry", false],
    ["inquiry.*", "inquiry-session.started", false],
    ["inquiry*", "inquiry-session.started", true],
    ["report/*", "report/watchlist.ready", true],
    ["*.ready", "report/watchlist.ready", true],
    ["*.ready", "report/watchlist.ready.not", false],
    ["report/*.ready", "report/watchlist.ready", true],
    ["report/*.ready", "report/.ready", true],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["*a*b*", "xaxbx", true],
    ["*a*b*", "xbxax", false],
    ["*ab*bc", "abc", false],
    ["*ab*bc", "abbc", true],
    ["a*bc*bc", "abcxbc", true],
    ["a*bc*bc", "abc", false],
    ["a**b", "ab", true],
    ["a*b*b", "aab", false],
  ];
  for (const [glob, name, expected] of table) {
    assertEquals(matchesGlob(glob, name), expected, `${glob} on ${name}`);
  }
});

Deno.test("isNameGlob() takes every event name, and * anywhere", () => {
  const globs = ["*", "**", "a", "Not_yet.known-99/x*", "a".repeat(255)];
  for (const glob of [...EVENT_NAMES, ...globs]) {
    assertEquals(isNameGlob(glob), true, glob);
  }
});

Deno.test("isNameGlob() refuses what no event name can match", () => {
  const values = [
    ...["", "inquiry.{a,b}", "!x", "[", "inq?iry.*", " a", "a b", "a\n", "é"],
    ...["(a|b)", "a,b", "a:b", "$A", "^a", "a\\*", "a".repeat(256)],
    ...[null, undefined, 5, ["a"], {}],
  ];
  for (const value of values) {
    assertEquals(isNameGlob(value), false, JSON.stringify(value));
  }
});

Deno.test("matchesGlob() takes every character but * for itself", () => {
  for (const character of ".?+^$()[]{}|\\/-\n") {
    const name = `a${character}b`;
    assertEquals(matchesGlob(name, name), true, name);
    assertEquals(matchesGlob(`*${character}b`, name), true, name);
    assertEquals(matchesGlob(name, "axb"), false, name);
    assertEquals(matchesGlob(`*${character}*`, "axb"), false, name);
  }
});

Deno.test("matchesGlob() agrees with a plain matcher on all short texts", () => {
  const texts = wordsOf("ab", 5);
  for (const glob of wordsOf("ab*", 5)) {
    for (const text of texts) {
      const expected = matchesPlainly(glob, text);
      assertEquals(matchesGlob(glob, text), expected, `${glob} on ${text}`);
    }
  }
});

Deno.test("matchesGlob() finds the 15 inquiry events", () => {
  const found = EVENT_NAMES.filter((name) => matchesGlob("inquiry.*", name));
  assertEquals(found.length, 15);
});

Deno.test("matchesGlob() does not backtrack", () => {
  const startedMs = performance.now();
  const name = "a".repeat(200_000);
  assertEquals(matchesGlob("*a".repeat(5000) + "*b", name), false);
  assertEquals(matchesGlob("*" + "a".repeat(1000) + "b*", name), false);
  assertEquals(matchesGlob("*b" + "a".repeat(1000) + "*", name), false);
  assert(performance.now() - startedMs < 20_000);
});

/** All texts over some letters up to a length. */
function wordsOf(letters: string, length: number): string[] {
  if (length === 0) return [""];
  const shorter = wordsOf(letters, length - 1);
  const longest = shorter.filter((word) => word.length === length - 1);
  return [
    ...shorter,
    ...longest.flatMap((word) => [...letters].map((letter) => word + letter)),
  ];
}

/** The definition, in exponential time. */
function matchesPlainly(glob: string, text: string): boolean {
  if (glob === "") return text === "";
  if (glob[0] === "*") {
    return matchesPlainly(glob.slice(1), text) ||
      (text !== "" && matchesPlainly(glob, text.slice(1)));
  }
  return glob[0] === text[0] && matchesPlainly(glob.slice(1), text.slice(1));
}
