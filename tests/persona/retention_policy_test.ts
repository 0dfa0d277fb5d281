import { assertEquals } from "@std/assert";
import { parseSpan } from "../../lib/calendar_span.ts";
import {
  policyTexts,
  retentionGroups,
  type RetentionPolicy,
  type RetentionRule,
} from "../../lib/persona/retention_policy.ts";

const DAY_MS = 86_400_000;

function rule(
  match: string,
  { min, max, basis = null }: {
    min?: string;
    max?: string;
    basis?: string | null;
  },
): RetentionRule {
  const span = (text = "") => parseSpan(text) ?? null;
  return { match, min: span(min), max: span(max), basis };
}

const POLICY: RetentionPolicy = {
  retention: [
    rule("account.*", { min: "365d", max: "400d", basis: "AML" }),
    rule("*.created", { max: "10d" }),
    rule("report/*", { min: "100d" }),
  ],
  retentionDays: 90,
  retentionDeadDays: 30,
};

/** The days after which an event is erased, and by what. */
function endOf(
  name: string,
  policy: RetentionPolicy,
  isUnfinished = false,
): string {
  const groups = retentionGroups(policy)
    .filter(({ covers }) => covers({ name, isUnfinished }));
  return groups.map(({ text, endMs }) => `${endMs(0) / DAY_MS}: ${text}`)
    .join("; ");
}

Deno.test("the first rule that matches an event counts", () => {
  assertEquals(
    endOf("account.created", POLICY),
    "400: account.* kept for 365d, erased after 400d (AML)",
  );
  assertEquals(
    endOf("inquiry.created", POLICY),
    "10: *.created erased after 10d",
  );
  assertEquals(endOf("case.assigned", POLICY), "90: INBOX_RETENTION_DAYS 90");
  assertEquals(endOf("", POLICY), "90: INBOX_RETENTION_DAYS 90");
});

Deno.test("each group says how to keep its events", () => {
  const remedyOf = (name: string, isUnfinished = false) =>
    retentionGroups(POLICY)
      .find(({ covers }) => covers({ name, isUnfinished }))?.remedy;
  const max = 'raise the "max" of "*.created" under "retention" in inbox.json';
  assertEquals(remedyOf("inquiry.created"), max);
  assertEquals(remedyOf("case.assigned"), "set INBOX_RETENTION_DAYS=off");
  const dead = "set INBOX_RETENTION_DEAD_DAYS=off";
  assertEquals(remedyOf("inquiry.created", true), dead);
});

Deno.test("a min is longer than the days of all others", () => {
  assertEquals(
    endOf("report/watchlist.ready", POLICY),
    "100: report/* kept for 100d, erased after 100d",
  );
  const policy = { ...POLICY, retentionDays: null };
  assertEquals(endOf("report/watchlist.ready", policy), "");
});

Deno.test("no * matches the inbox's own news, which the days are for", () => {
  const policy = { ...POLICY, retention: [rule("*", { max: "1d" })] };
  assertEquals(endOf("inbox.erased", policy), "90: INBOX_RETENTION_DAYS 90");
});

Deno.test("what is unfinished has days of its own, and its min", () => {
  const dead = (name: string, policy = POLICY) => endOf(name, policy, true);
  const text = "INBOX_RETENTION_DEAD_DAYS 30";
  assertEquals(dead("case.assigned"), `30: ${text}`);
  assertEquals(dead("inquiry.created"), `30: ${text}`);
  assertEquals(dead("account.created"), `365: ${text}`);
  assertEquals(
    dead("case.assigned", { ...POLICY, retentionDeadDays: null }),
    "",
  );
});

Deno.test("without days nothing is erased but by rules", () => {
  const policy = { ...POLICY, retentionDays: null, retentionDeadDays: null };
  assertEquals(endOf("case.assigned", policy), "");
  assertEquals(
    endOf("inquiry.created", policy),
    "10: *.created erased after 10d",
  );
  assertEquals(retentionGroups({ ...policy, retention: [] }), []);
});

Deno.test("policyTexts() tells all rules", () => {
  assertEquals(policyTexts(POLICY), [
    "account.* kept for 365d, erased after 400d (AML)",
    "*.created erased after 10d",
    "report/* kept for 100d, erased after 100d",
    "others erased after 90 days",
    "pending and dead erased after 30 days",
  ]);
  const policy = {
    retention: [],
    retentionDays: null,
    retentionDeadDays: null,
  };
  assertEquals(policyTexts(policy), [
    "all kept until somebody erases them",
    "pending and dead kept",
  ]);
});
