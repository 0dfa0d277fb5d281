import {
  type Condition,
  type ConditionKey,
  EVENT_CONDITIONS,
  type EventConditions,
} from "../store/event_filter.ts";
import type { EventReader } from "../store/event_reader.ts";
import { readConditions } from "../store/read_conditions.ts";
import type { Args, Flag } from "./command.ts";
import { resolveIds } from "./resolve_ids.ts";

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

/**
 * Completes ids that were given by their beginnings.
 *
 * @returns The conditions with whole ids.
 * @throws {UsageError} With every beginning that several ids have.
 */
export async function resolveConditions<Conditions extends EventConditions>(
  conditions: Conditions,
  reader: EventReader,
): Promise<Conditions> {
  const { ids, objectId } = conditions;
  const objectIds = objectId === undefined ? [] : [objectId];
  const [wholeId] = await resolveIds(objectIds, "object", reader);
  return {
    ...conditions,
    ...(ids && { ids: await resolveIds(ids, "event", reader) }),
    ...(wholeId !== undefined && { objectId: wholeId }),
  };
}
