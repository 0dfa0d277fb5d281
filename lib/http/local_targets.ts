// Routes of the local listener that erase what is stored of a person, put it on hold, and
// end that.

import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { isIdentifier } from "../persona/identifier.ts";
import { parseUntil, UNTIL_KIND } from "../since.ts";
import { eraseText, refusesHeld } from "../views/erase_result.ts";
import { heldText, listedHolds, releasedText } from "../views/hold_info.ts";
import { isReason, REASON_KIND } from "../views/hold_reason.ts";
import { readJsonBody } from "./json_body.ts";
import {
  type LocalCall,
  type LocalDeps,
  type LocalHandler,
  respondFaults,
  respondJson,
} from "./local_call.ts";
import { respond } from "./respond.ts";

const ERASED_KINDS = ["object", "reference", "account"] as const;
const HELD_KINDS = ["object", "reference"] as const;

/** Keys of the body of `POST /api/erase`. */
export const ERASE_KEYS = [...ERASED_KINDS, "dryRun", "exceptHeld"] as const;

/** Keys of the body of `POST /api/hold`. */
export const HOLD_KEYS = [...HELD_KINDS, "reason", "until"] as const;

/** Keys of the body of `POST /api/release`. */
export const RELEASE_KEYS = HELD_KINDS;

/** `POST /api/erase` */
export const erasePerson: LocalHandler = async (call, deps) => {
  const rule = { command: "erase", kinds: ERASED_KINDS, keys: ERASE_KEYS };
  const read = await readTarget(call, deps, rule);
  if (read instanceof Response) return read;
  const { target, body: { dryRun: isDryRun = false, exceptHeld = false } } =
    read;
  if (typeof isDryRun !== "boolean" || typeof exceptHeld !== "boolean") {
    const fault = "Cannot erase: dryRun and exceptHeld must be true or false";
    return respondFaults([fault], call);
  }
  const by = call.client.name;
  const result = await deps.erase(target, { isDryRun, exceptHeld, by });
  if (!isDryRun) logErased(result.events, deps);
  const would = refusesHeld(result, { exceptHeld })
    ? "With exceptHeld, would erase"
    : "Would erase";
  const doing = isDryRun ? would : "Erased";
  const message = `${doing} ${eraseText(result)}`;
  return respondJson({ success: true, message, ...result });
};

/** `GET /api/holds`: latest first. */
export const listHolds: LocalHandler = async (_call, { reader, clock }) => {
  return respondJson({ holds: await listedHolds(reader, clock.nowMs()) });
};

/** `POST /api/hold` */
export const holdObjects: LocalHandler = async (call, deps) => {
  const rule = { command: "hold", kinds: HELD_KINDS, keys: HOLD_KEYS };
  const read = await readTarget(call, deps, rule);
  if (read instanceof Response) return read;
  const { target, body: { reason, until = null } } = read;
  if (!isReason(reason)) {
    return respondFaults([`Cannot hold: reason must be ${REASON_KIND}`], call);
  }
  const untilMs = readUntil(until, deps.clock.nowMs());
  if (untilMs === undefined) {
    return respondFaults([`Cannot hold: until must be ${UNTIL_KIND}`], call);
  }
  const by = call.client.name;
  const result = await deps.hold(target, { reason, untilMs, by });
  return respondJson({ success: true, message: heldText(result), ...result });
};

/** `POST /api/release` */
export const releaseObjects: LocalHandler = async (call, deps) => {
  const rule = { command: "release", kinds: HELD_KINDS, keys: RELEASE_KEYS };
  const read = await readTarget(call, deps, rule);
  if (read instanceof Response) return read;
  const result = await deps.release(read.target, call.client.name);
  logErased(result.erasedEvents, deps);
  const message = releasedText(result);
  return respondJson({ success: true, message, ...result });
};

function logErased(events: number, { logger }: LocalDeps): void {
  if (events > 0) logger.log({ msg: "erased by command", events });
}

function readUntil(
  value: JsonValue,
  nowMs: number,
): number | null | undefined {
  if (value === null) return null;
  return typeof value === "string" ? parseUntil(value, nowMs) : undefined;
}

/** The members that the body of a request must have. */
interface TargetRule<Kind extends string> {
  /** Said in faults: `erase`. */
  readonly command: string;
  /** Keys of which it has one. */
  readonly kinds: readonly Kind[];
  /** All keys that it may have. */
  readonly keys: readonly string[];
}

/** The target of a request, and all that its body says. */
interface TargetBody<Kind extends string> {
  readonly target: { readonly kind: Kind; readonly value: string };
  readonly body: JsonObject;
}

/** Reads a JSON body that names one thing by its id; a fault is a response. */
async function readTarget<Kind extends string>(
  call: LocalCall,
  deps: LocalDeps,
  { command, kinds, keys }: TargetRule<Kind>,
): Promise<TargetBody<Kind> | Response> {
  const read = await readJsonBody(call.request, deps);
  if (!read.ok) {
    return respond(read.refusal.status, read.refusal.message, call);
  }
  const { value: body } = read;
  const refuse = (rule: string) =>
    respondFaults([`Cannot ${command}: ${rule}`], call);
  if (!isJsonObject(body)) return refuse("the body must be a JSON object");
  if (Object.keys(body).some((key) => !keys.includes(key))) {
    return refuse(`each key must be one of ${keys.join(", ")}`);
  }
  const given = kinds.filter((kind) => body[kind] !== undefined);
  const [kind] = given;
  const value = kind && body[kind];
  if (!kind || given.length > 1 || !isIdentifier(value)) {
    return refuse(
      `give one of ${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}, an id`,
    );
  }
  return { target: { kind, value }, body };
}
