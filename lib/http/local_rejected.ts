// Routes of the local listener for rejected deliveries.

import type { JsonValue } from "../json/json.ts";
import { toLoggable } from "../log.ts";
import {
  type RejectedContent,
  rejectedFields,
} from "../monitor/rejected_list.ts";
import { maskPayload } from "../persona/mask.ts";
import type { RejectedDetail } from "../views/api_types.ts";
import { type LocalHandler, respondFaults, respondJson } from "./local_call.ts";
import { isRevealing } from "./local_events.ts";
import { respond } from "./respond.ts";
import { readReveal, REVEALS } from "./reveal_query.ts";
import { maskTokens } from "../persona/mask_tokens.ts";
import { revealDetail, type ShowOptions } from "../views/event_json.ts";

/** `GET /api/rejected` */
export const listRejected: LocalHandler = (_call, { monitor }) =>
  respondJson({ rejected: monitor.latestRejected().map(rejectedFields) });

/** `GET /api/rejected/{id}`: the id is that of the request. */
export const showRejected: LocalHandler = async (call, deps) => {
  const { id, requestId, url } = call;
  const asked = readReveal(url);
  if (!asked) {
    const fault = `Cannot show it as the only parameter must be ${REVEALS}`;
    return respondFaults([fault], call);
  }
  const kept = deps.monitor.rejection(id);
  if (!kept) {
    return respond(404, "No such rejected delivery", { requestId });
  }
  const { rejected, content } = kept;
  // Recorded before it is shown.
  if (asked.reveal && content) {
    await deps.audit({
      act: "reveal",
      by: call.client.name,
      subject: id,
      detail: ["a rejected delivery", revealDetail(asked) ?? []].flat().join(
        ", ",
      ),
    });
    const rejectedId = toLoggable(id);
    deps.logger.log({ msg: "rejected revealed", requestId, rejectedId });
  }
  const isRevealed = asked.reveal || isRevealing(call, deps);
  const shown = { ...asked, reveal: isRevealed };
  const detail: RejectedDetail = {
    ...rejectedFields(rejected),
    isKept: content !== null,
    isRevealed,
    header: isRevealed ? content?.header ?? null : null,
    body: content && bodyText(content, shown),
    explanation: content && rejected.reason.startsWith("signature-")
      ? await deps.explain(rejected, content)
      : null,
  };
  return respondJson(detail);
};

/** An unverified body may be anything; only JSON can be masked. */
function bodyText(
  { body }: RejectedContent,
  { reveal, tokens = false }: ShowOptions,
): string | null {
  if (body === null) return null;
  const text = new TextDecoder().decode(body);
  if (reveal) return tokens ? text : maskTokens(text);
  try {
    const value: JsonValue = JSON.parse(text);
    return JSON.stringify(maskPayload(value), null, 2);
  } catch {
    // No JSON, or nested too deeply.
    return `<${body.length} ${body.length === 1 ? "byte" : "bytes"}>`;
  }
}
