import {
  type Condition,
  type ConditionKey,
  EVENT_CONDITIONS,
  type EventConditions,
} from "../store/event_filter.ts";
import { readConditions } from "../store/read_conditions.ts";
import type { Args, Flag } from "./command.ts";

/**
 * Returns the flags of conditions.
 *
 * @param keys The conditions; those without a flag are skipped.
 */
export function conditionFlags(
  keys: readonly ConditionKey[],
): Record<string, Flag> {
  const flags: Record<string, Flag> = {};
  for (const key of keys) {
    const { name, flag, valuesMax }: Condition<unknown> = EVENT_CONDITIONS[key];
    if (flag) flags[name] = { ...flag, multiple: valuesMax !== undefined };
  }
  return flags;
}

/**
 * Reads the flags of conditions.
 *
 * @param args The arguments; collects faults.
 * @returns The given conditions; meaningless if there are faults.
 */
export function readConditionFlags<Key extends ConditionKey>(
  args: Args,
  keys: readonly Key[],
): Pick<EventConditions, Key> {
  return readConditions(keys, {
    valuesOf: (name) => args.has(name) ? args.all(name) : undefined,
    nowMs: Date.now(),
    faults: args.faults,
    show: (name) => `--${name}`,
    isQuoting: true,
  });
}
