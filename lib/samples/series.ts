// Series of samples: the events that one inquiry brings, from its creation to its end.

import { inflectKeys } from "../persona/inflection.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { SampleContext, type SampleOptions } from "./context.ts";
import { eventOf } from "./samples.ts";

/** The ends that an inquiry can come to. */
export const SCENARIOS = ["approved", "declined", "review", "expired"] as const;

/** The end that an inquiry comes to. */
export type Scenario = typeof SCENARIOS[number];

/** An event, and how long after the inquiry's creation it comes. */
type Step = readonly [name: string, secondsAfter: number];

const STARTED: readonly Step[] = [
  ["inquiry.created", 0],
  ["inquiry.started", 13.716],
  ["inquiry-session.started", 13.802],
];

const CAPTURED: readonly Step[] = [
  ...STARTED,
  ["verification.created", 280.212],
  ["verification.submitted", 329.212],
];

/** Series by scenario (Persona docs: Inquiries, lifecycle). */
const STEPS: Readonly<Record<Scenario, readonly Step[]>> = {
  approved: [
    ...CAPTURED,
    ["verification.passed", 358.212],
    ["inquiry.completed", 370.212],
    ["inquiry.approved", 372.118],
  ],
  declined: [
    ...CAPTURED,
    ["verification.failed", 358.212],
    ["inquiry.completed", 370.212],
    ["inquiry.declined", 372.118],
  ],
  review: [
    ...CAPTURED,
    ["verification.passed", 358.212],
    ["inquiry.completed", 370.212],
    ["inquiry.marked-for-review", 372.118],
  ],
  expired: [...STARTED, ["inquiry.expired", 86_400]],
};

/** A time of something that has happened, which no later event changes. */
const TIME_KEY = /-at(?:-ts)?$/;

/**
 * Makes the events of one inquiry, in Persona's order and at its distances.
 *
 * @param options Those of a sample; `objectId` is the inquiry, `createdAt` the time of
 * the last event.
 * @returns The events, the first one first: their objects have the same ids throughout,
 * and each is as its latest event left it.
 */
export function sampleSeries(
  scenario: Scenario,
  options: SampleOptions = {},
): JsonObject[] {
  const steps = STEPS[scenario];
  const last = new SampleContext("inquiry.created", options);
  const { referenceId, inflection } = last;
  const startMs = Date.parse(last.now) - 1_000 * (steps.at(-1)?.[1] ?? 0);
  const ids = new Map<string, string>();
  ids.set("inquiry", last.objectId("inquiry"));
  const latest = new Map<string, JsonObject>();
  return steps.map(([name, secondsAfter]) => {
    const event = eventOf(name, {
      ...options,
      referenceId,
      objectId: undefined,
      createdAt: new Date(startMs + 1_000 * secondsAfter),
    }, ids);
    carryOver(event, latest);
    return inflection === "kebab" ? event : inflectKeys(event, inflection);
  });
}

/** Keeps in an event what earlier ones said, and remembers what it says. */
function carryOver(
  event: JsonObject,
  latest: Map<string, JsonObject>,
): void {
  const attributes = objectIn(objectIn(event, "data"), "attributes");
  const payload = objectIn(attributes, "payload");
  const object = objectIn(payload, "data");
  const before = latest.get(String(object.id));
  if (before) keepTimes(object, before);
  latest.set(String(object.id), object);
  const { included } = payload;
  if (!Array.isArray(included)) return;
  payload.included = included.map((resource) => {
    const { id } = isJsonObject(resource) ? resource : {};
    const known = latest.get(String(id));
    if (!known && isJsonObject(resource)) latest.set(String(id), resource);
    return known ?? resource;
  });
}

function keepTimes(object: JsonObject, before: JsonObject): void {
  const attributes = objectIn(object, "attributes");
  for (const [name, time] of Object.entries(objectIn(before, "attributes"))) {
    const isBoth = time !== null && (attributes[name] ?? null) !== null;
    if (TIME_KEY.test(name) && isBoth) attributes[name] = time;
  }
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const { [name]: member } = object;
  return isJsonObject(member) ? member : {};
}
