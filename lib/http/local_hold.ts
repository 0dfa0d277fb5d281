// Routes of the local listener that put something on hold, and end that.

import { InboxError, StoreError } from "../errors.ts";
import type { JsonValue } from "../json/json.ts";
import { parseUntil, UNTIL_KIND } from "../since.ts";
import { heldText, listedHolds, releasedText } from "../views/hold_info.ts";
import { isReason, REASON_KIND } from "../views/hold_reason.ts";
import { type LocalHandler, respondFaults, respondJson } from "./local_call.ts";
import { respond } from "./respond.ts";
import { readTargetBody } from "./target_body.ts";

const KINDS = ["object", "reference"] as const;

/** Keys of the body of `POST /api/release`. */
export const RELEASE_KEYS = KINDS;

/** Keys of the body of `POST /api/hold`. */
export const HOLD_KEYS = [...KINDS, "reason", "until"] as const;

/** `GET /api/holds`: latest first. */
export const listHolds: LocalHandler = async (_call, { reader, clock }) => {
  return respondJson({ holds: await listedHolds(reader, clock.nowMs()) });
};

/** `POST /api/hold` */
export const holdObjects: LocalHandler = async (call, deps) => {
  const rule = { command: "hold", kinds: KINDS, keys: HOLD_KEYS };
  const read = await readTargetBody(call, deps, rule);
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
  const rule = { command: "release", kinds: KINDS, keys: RELEASE_KEYS };
  const read = await readTargetBody(call, deps, rule);
  if (read instanceof Response) return read;
  try {
    const result = await deps.release(read.target, call.client.name);
    const message = releasedText(result);
    return respondJson({ success: true, message, ...result });
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof InboxError)) {
      throw error;
    }
    return respond(409, `${error.message}. ${error.hint}`, call);
  }
};

function readUntil(
  value: JsonValue,
  nowMs: number,
): number | null | undefined {
  if (value === null) return null;
  return typeof value === "string" ? parseUntil(value, nowMs) : undefined;
}
