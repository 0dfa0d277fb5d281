// The rules of retention in `inbox.json`, read with every fault and likely mistake.

import { addSpan, parseSpan, SPAN, SPAN_KIND } from "../calendar_span.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { EVENT_NAMES } from "../persona/event_names.ts";
import { NAME_GLOB_KIND } from "../persona/name_glob.ts";
import { receives } from "../persona/own_events.ts";
import type { RetentionRule } from "../persona/retention_policy.ts";
import { shownValue } from "../shown_value.ts";
import { EVENT_GLOB, type Member } from "./destination_members.ts";
import type { SettingWarning } from "./settings.ts";
import { knownKeysHint } from "./settings_files.ts";
import { globWarning } from "./unmatched.ts";

/** More than anybody writes: each costs a little of every pass. */
const RULES_MAX = 100;

/** Longer texts belong in a document that it names. */
const BASIS_MAX = 200;

const BASIS_KIND = `a text of 1 to ${BASIS_MAX} printable characters`;

const BASIS = /^[^\p{C}]{1,200}$/u;

const SPAN_MEMBER: Member<RetentionRule["min"]> = {
  kind: SPAN_KIND,
  parse: (value) => typeof value === "string" ? parseSpan(value) : undefined,
};

/** The members of a rule. */
const MEMBERS = {
  match: EVENT_GLOB,
  min: SPAN_MEMBER,
  max: SPAN_MEMBER,
  basis: {
    kind: BASIS_KIND,
    parse: (value: JsonValue) =>
      typeof value === "string" && BASIS.test(value) ? value : undefined,
  },
} satisfies Record<string, Member<unknown>>;

const KEYS = Object.keys(MEMBERS);

/** The rules as JSON Schema. */
export const RETENTION_SCHEMA: JsonObject = {
  type: "array",
  description:
    "how long payloads are kept, by the name of their event; the first rule that matches counts",
  items: {
    type: "object",
    required: ["match"],
    anyOf: [{ required: ["min"] }, { required: ["max"] }],
    properties: {
      match: { ...EVENT_GLOB.schema, description: NAME_GLOB_KIND },
      min: { type: "string", pattern: SPAN.source, description: SPAN_KIND },
      max: { type: "string", pattern: SPAN.source, description: SPAN_KIND },
      basis: {
        type: "string",
        pattern: `^.{1,${BASIS_MAX}}$`,
        description: "why, for the audit trail",
      },
    },
    additionalProperties: false,
  },
};

/** The surroundings that rules are read in. */
export interface RetentionSources {
  /** The path of `inbox.json`. */
  readonly filePath: string;
  readonly onFault: (fault: string) => void;
  readonly onWarning: (warning: SettingWarning) => void;
}

/**
 * Reads the rules.
 *
 * @param value The value of `retention` in `inbox.json`, if any.
 * @returns The rules in their order; meaningless if there are faults.
 */
export function readRetention(
  value: JsonValue | undefined,
  { filePath, onFault, onWarning }: RetentionSources,
): RetentionRule[] {
  if (value === undefined) return [];
  const place = (path: string) => `"${path}" in ${filePath}`;
  const fault = (path: string, kind: string, value: JsonValue) =>
    onFault(
      `Cannot use ${place(path)} as it must be ${kind}: current value is ${
        shownValue(value)
      }`,
    );
  if (!Array.isArray(value) || value.length > RULES_MAX) {
    fault("retention", `a list of at most ${RULES_MAX} rules`, value);
    return [];
  }
  const rules: RetentionRule[] = [];
  for (const [index, entry] of value.entries()) {
    const path = `retention[${index}]`;
    if (!isJsonObject(entry)) {
      fault(path, "an object", entry);
      continue;
    }
    const rule = readRule(entry, path, { place, fault, onFault });
    if (!rule) continue;
    const warning = globWarning(rule.match, place(`${path}.match`)) ??
      unreachedWarning(rule, rules, place(path));
    if (warning) onWarning(warning);
    rules.push(rule);
  }
  return rules;
}

function readRule(
  entry: JsonObject,
  path: string,
  { place, fault, onFault }: {
    place: (path: string) => string;
    fault: (path: string, kind: string, value: JsonValue) => void;
    onFault: (fault: string) => void;
  },
): RetentionRule | undefined {
  for (const key of Object.keys(entry)) {
    if (KEYS.includes(key)) continue;
    onFault(
      `Unknown key ${place(`${path}.${key}`)}.${knownKeysHint(key, KEYS)}`,
    );
  }
  let isWell = true;
  const read = <Value>(key: string, member: Member<Value>): Value | null => {
    const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
    if (value === undefined) return null;
    const parsed = member.parse(value, false);
    if (parsed !== undefined) return parsed;
    isWell = false;
    fault(`${path}.${key}`, member.kind, value);
    return null;
  };
  const match = read("match", MEMBERS.match);
  const min = read("min", MEMBERS.min);
  const max = read("max", MEMBERS.max);
  const basis = read("basis", MEMBERS.basis);
  if (!isWell) return undefined;
  if (match === null || (min === null && max === null)) {
    const lacking = match === null ? "a match" : "a min or a max";
    onFault(`Cannot use ${place(path)} as it must have ${lacking}`);
    return undefined;
  }
  if (min && max && addSpan(0, min) > addSpan(0, max)) {
    onFault(
      `Cannot use ${
        place(`${path}.max`)
      } as it must be no less than its min, ${min.text}: current value is ${max.text}`,
    );
    return undefined;
  }
  return { match, min, max, basis };
}

/** Warns of a rule that never counts, as those before it match all that it does. */
function unreachedWarning(
  { match }: RetentionRule,
  before: readonly RetentionRule[],
  place: string,
): SettingWarning | undefined {
  const names = EVENT_NAMES.filter((name) => receives(match, name));
  const isReached = names.length === 0 ||
    names.some((name) => !before.some((rule) => receives(rule.match, name)));
  return isReached ? undefined : {
    summary: `${place}: rules before it match every event that it matches`,
    hint: "The first rule that matches an event counts: put it before them",
  };
}
