// How long payloads are kept: by rules for names of events, or by an age for all.

import { addSpan, type CalendarSpan } from "../calendar_span.ts";
import { receives } from "./own_events.ts";

/** A rule for events of some names. */
export interface RetentionRule {
  /** An event name or glob. */
  readonly match: string;
  /** The span in which nothing erases them; null without. */
  readonly min: CalendarSpan | null;
  /** The span after which they are erased; null if that of all others counts. */
  readonly max: CalendarSpan | null;
  /** Why, such as a law: the audit trail tells it. */
  readonly basis: string | null;
}

/** The settings of retention. */
export interface RetentionPolicy {
  /** The first one that matches an event's name counts. */
  readonly retention: readonly RetentionRule[];
  /** The days for all others; null to keep them. */
  readonly retentionDays: number | null;
  /** The days for events with a pending or dead dispatch; null to keep them. */
  readonly retentionDeadDays: number | null;
}

/** An event as rules see it. */
export interface RetainedEvent {
  readonly name: string;
  readonly receivedAtMs: number;
  /** True if a dispatch is pending or dead. */
  readonly isUnfinished: boolean;
}

/** Events that one rule is for, and when their time is over. */
export interface RetentionGroup {
  /** The rule in words, for logs and the audit trail. */
  readonly text: string;
  /** The way to keep its events. */
  readonly remedy: string;
  /** Returns whether it is for an event. */
  readonly covers: (
    event: Pick<RetainedEvent, "name" | "isUnfinished">,
  ) => boolean;
  /** Returns when the time of an event that was received then is over. */
  readonly endMs: (receivedAtMs: number) => number;
}

/**
 * Returns the groups of events that are ever erased; each event is in one at most.
 *
 * @param policy The settings.
 */
export function retentionGroups(policy: RetentionPolicy): RetentionGroup[] {
  const { retentionDays, retentionDeadDays } = policy;
  const rules: (RetentionRule | undefined)[] = [...policy.retention, undefined];
  return rules.flatMap((rule) => {
    const group = (
      text: string,
      spans: readonly Span[],
      remedy: string,
    ): RetentionGroup => ({
      text,
      remedy,
      covers: ({ name }) => ruleFor(policy, name) === rule,
      endMs: (receivedAtMs) => endMs(receivedAtMs, spans),
    });
    const min = rule?.min ?? NO_SPAN;
    const finished = rule?.max ?? daysOf(retentionDays);
    const unfinished = daysOf(retentionDeadDays);
    const text = rule
      ? ruleText(rule, retentionDays)
      : `INBOX_RETENTION_DAYS ${retentionDays}`;
    const deadText = `INBOX_RETENTION_DEAD_DAYS ${retentionDeadDays}`;
    return [
      ...finished
        ? [only(group(text, [min, finished], remedyOf(rule)), false)]
        : [],
      ...unfinished
        ? [only(group(deadText, [min, unfinished], DEAD_REMEDY), true)]
        : [],
    ];
  });
}

const DEAD_REMEDY = "set INBOX_RETENTION_DEAD_DAYS=off";

function remedyOf(rule: RetentionRule | undefined): string {
  return rule?.max
    ? `raise the "max" of "${rule.match}" under "retention" in inbox.json`
    : "set INBOX_RETENTION_DAYS=off";
}

function only(group: RetentionGroup, isUnfinished: boolean): RetentionGroup {
  return {
    ...group,
    covers: (event) =>
      event.isUnfinished === isUnfinished && group.covers(event),
  };
}

/** Returns the rule of an event's name; undefined if there is none. */
function ruleFor(
  { retention }: Pick<RetentionPolicy, "retention">,
  name: string,
): RetentionRule | undefined {
  return retention.find(({ match }) => receives(match, name));
}

/** An event that a rule keeps from every erasure. */
export interface KeptByRule {
  readonly rule: RetentionRule;
  /** When it does not any more. */
  readonly untilMs: number;
}

/**
 * Finds what keeps an event from being erased.
 *
 * @returns Undefined if no rule does.
 */
export function keptByRule(
  policy: Pick<RetentionPolicy, "retention">,
  { name, receivedAtMs }: Pick<RetainedEvent, "name" | "receivedAtMs">,
  nowMs: number,
): KeptByRule | undefined {
  const rule = ruleFor(policy, name);
  if (!rule?.min) return undefined;
  const untilMs = addSpan(receivedAtMs, rule.min);
  return untilMs > nowMs ? { rule, untilMs } : undefined;
}

/** Returns a policy in words, a rule each: those of the start line and `doctor`. */
export function policyTexts(policy: RetentionPolicy): string[] {
  const { retention, retentionDays, retentionDeadDays } = policy;
  const rules = retention.map((rule) => ruleText(rule, retentionDays));
  const kept = "kept until somebody erases them";
  return [
    ...rules,
    `${rules.length > 0 ? "others" : "all"} ${
      retentionDays === null ? kept : `erased after ${retentionDays} days`
    }`,
    `pending and dead ${
      retentionDeadDays === null
        ? "kept"
        : `erased after ${retentionDeadDays} days`
    }`,
  ];
}

function ruleText(
  { match, min, max, basis }: RetentionRule,
  retentionDays: number | null,
): string {
  const days = retentionDays === null
    ? null
    : { text: `${retentionDays}d`, ...daysOf(retentionDays)! };
  const isLater = min && days && endMs(0, [min]) > endMs(0, [days]);
  const end = max ?? (isLater ? min : days);
  const parts = [
    ...(min ? [`kept for ${min.text}`] : []),
    end === null
      ? "then kept until somebody erases them"
      : `erased after ${end.text}`,
  ];
  return `${match} ${parts.join(", ")}${basis === null ? "" : ` (${basis})`}`;
}

type Span = Pick<CalendarSpan, "months" | "days">;

const NO_SPAN: Span = { months: 0, days: 0 };

function daysOf(days: number | null): Span | null {
  return days === null ? null : { months: 0, days };
}

function endMs(fromMs: number, spans: readonly Span[]): number {
  return Math.max(...spans.map((span) => addSpan(fromMs, span)));
}
