import { isInverted } from "../since.ts";
import {
  type Condition,
  type ConditionKey,
  EVENT_CONDITIONS,
  type EventConditions,
} from "./event_filter.ts";

/** Options of {@linkcode readConditions}. */
export interface ReadConditionsOptions {
  /**
   * Returns the values given for a name; undefined if it was not given. Values that are
   * not texts are faults.
   */
  readonly valuesOf: (
    name: string,
    isList: boolean,
  ) => readonly unknown[] | undefined;
  readonly nowMs: number;
  /** Collects faults, one sentence each. */
  readonly faults: string[];
  /**
   * Returns the name as a person wrote it.
   *
   * @default {(name) => name}
   */
  readonly show?: (name: string) => string;
  /**
   * True if faults quote the wrong value.
   *
   * @default {false}
   */
  readonly isQuoting?: boolean;
}

/**
 * Reads conditions.
 *
 * @returns The given conditions; meaningless if there are faults.
 */
export function readConditions<Key extends ConditionKey>(
  keys: readonly Key[],
  options: ReadConditionsOptions,
): Pick<EventConditions, Key> {
  const entries = keys.map((key) => [
    key,
    read(EVENT_CONDITIONS[key], options),
  ]);
  const found: EventConditions = Object.fromEntries(
    entries.filter(([, value]) => value !== undefined),
  );
  if (isInverted(found.receivedSinceMs, found.receivedUntilMs)) {
    const { show = String, faults } = options;
    const [since, until] = ["since", "until"].map(show);
    faults.push(`Cannot use ${since} as it must not be after ${until}`);
  }
  return found as Pick<EventConditions, Key>;
}

function read(
  { name, kind, parse, valuesMax }: Condition<unknown>,
  options: ReadConditionsOptions,
): unknown {
  const { valuesOf, nowMs, faults, show = String, isQuoting } = options;
  const isList = valuesMax !== undefined;
  const texts = valuesOf(name, isList);
  if (texts === undefined) return undefined;
  const fault = (rule: string) =>
    void faults.push(`Cannot use ${show(name)} as it must be ${rule}`);
  if (texts.length < 1 || texts.length > (valuesMax ?? 1)) {
    return fault(isList ? `a list of 1 to ${valuesMax}` : "given once");
  }
  const values: unknown[] = [];
  for (const text of texts) {
    const value = typeof text === "string" ? parse(text, nowMs) : undefined;
    if (value === undefined) {
      return fault(isQuoting ? `${kind}: current value is ${text}` : kind);
    }
    values.push(value);
  }
  return isList ? values : values[0];
}

/**
 * Returns the fault of a replay without a selection.
 *
 * @param names What would select events.
 */
export function nothingSelected(names: readonly string[]): string {
  const list = new Intl.ListFormat("en", { type: "disjunction" });
  return `Nothing selected: give ${list.format(names)}`;
}

/** Writes conditions as members of a JSON body. */
export function writeConditions(
  conditions: EventConditions,
): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(conditions)) {
    const condition: Condition<unknown> = EVENT_CONDITIONS[key as ConditionKey];
    const { name, format = (value) => value } = condition;
    members[name] = Array.isArray(value) ? value.map(format) : format(value);
  }
  return members;
}
