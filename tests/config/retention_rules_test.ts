import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import { configSources } from "../support/config_sources.ts";

function load(retention: JsonValue, env: Record<string, string> = {}) {
  const files = { "inbox.json": JSON.stringify({ retention }) };
  return loadConfig("dev", configSources({ env, files }));
}

function faultsOf(retention: JsonValue, env?: Record<string, string>) {
  return assertThrows(() => load(retention, env), UsageError).faults;
}

const KEEP = { INBOX_ON_REDACTED: "keep" };

Deno.test("loadConfig() reads rules of retention in their order", () => {
  const rules = [
    { match: "account.*", min: "5y", max: "5y30d", basis: "AMLD Art. 40" },
    { match: "*", max: "30d" },
  ];
  assertEquals(load(rules, KEEP).retention, [
    {
      match: "account.*",
      min: { text: "5y", months: 60, days: 0 },
      max: { text: "5y30d", months: 60, days: 30 },
      basis: "AMLD Art. 40",
    },
    {
      match: "*",
      min: null,
      max: { text: "30d", months: 0, days: 30 },
      basis: null,
    },
  ]);
});

Deno.test("a min needs a choice of what a redaction does", () => {
  const [fault, ...more] = faultsOf([{ match: "account.*", min: "5y" }]);
  assertEquals(
    fault,
    'Cannot start: INBOX_ON_REDACTED must be set, to erase or keep, as a rule of "retention" in inbox.json has a min: with erase, what Persona redacts is erased unless a min keeps it; with keep, it stays until its max',
  );
  assertEquals(more, []);
  for (const choice of ["erase", "keep"]) {
    load([{ match: "account.*", min: "5y" }], { INBOX_ON_REDACTED: choice });
  }
  load([{ match: "account.*", max: "5y" }]);
});

Deno.test("loadConfig() tells every fault of a rule, and its place", () => {
  const faults = faultsOf([
    "*",
    { match: "a b", min: "5 years", max: 5, basis: "\u0007", reason: "x" },
    { match: "*" },
    { max: "1d" },
    { match: "*", min: "1y", max: "11mo" },
  ], KEEP);
  assertEquals(faults.map((fault) => fault.split(" as it must be ")[0]), [
    'Cannot use "retention[0]" in inbox.json',
    'Unknown key "retention[1].reason" in inbox.json. Known keys: match, min, max, basis',
    'Cannot use "retention[1].match" in inbox.json',
    'Cannot use "retention[1].min" in inbox.json',
    'Cannot use "retention[1].max" in inbox.json',
    'Cannot use "retention[1].basis" in inbox.json',
    'Cannot use "retention[2]" in inbox.json as it must have a min or a max',
    'Cannot use "retention[3]" in inbox.json as it must have a match',
    'Cannot use "retention[4].max" in inbox.json',
  ]);
  assertEquals(
    faults.at(-1),
    'Cannot use "retention[4].max" in inbox.json as it must be no less than its min, 1y: current value is 11mo',
  );
  assertEquals(faultsOf({}).length, 1);
});

Deno.test("loadConfig() warns of rules that can match nothing, or never count", () => {
  const { warnings } = load([
    { match: "acount.*", max: "1d" },
    { match: "*", max: "1d" },
    { match: "account.*", max: "9d" },
    { match: "inbox.*", max: "9d" },
  ]);
  assertEquals(warnings.map(({ summary }) => summary), [
    '"retention[0].match" in inbox.json: "acount.*" matches no known event. Did you mean "account.*"?',
    '"retention[2]" in inbox.json: rules before it match every event that it matches',
  ]);
});
