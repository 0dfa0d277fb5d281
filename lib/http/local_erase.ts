// The route of the local listener that erases what is stored of a person.

import { InboxError, StoreError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../json/json.ts";
import { isIdentifier } from "../persona/identifier.ts";
import { type EraseTarget, eraseText } from "../views/erase_result.ts";
import { readJsonBody } from "./json_body.ts";
import { type LocalHandler, respondFaults, respondJson } from "./local_call.ts";
import { respond } from "./respond.ts";

const KINDS = ["object", "reference", "account"] as const;

/** Keys of the body of `POST /api/erase`. */
export const ERASE_KEYS = [...KINDS, "dryRun"] as const;

/** `POST /api/erase` */
export const erasePerson: LocalHandler = async (call, deps) => {
  const body = await readJsonBody(call.request, deps);
  if (!body.ok) {
    return respond(body.refusal.status, body.refusal.message, call);
  }
  const request = readRequest(body.value);
  if (typeof request === "string") return respondFaults([request], call);
  const { target, isDryRun } = request;
  try {
    const by = call.client.name;
    const result = await deps.erase(target, { isDryRun, by });
    const doing = isDryRun ? "Would erase" : "Erased";
    const message = `${doing} ${eraseText(result)}`;
    return respondJson({ success: true, message, ...result });
  } catch (error) {
    if (error instanceof StoreError || !(error instanceof InboxError)) {
      throw error;
    }
    return respond(409, `${error.message}. ${error.hint}`, call);
  }
};

/** Returns the request, or its fault. */
function readRequest(
  body: JsonValue | undefined,
): { target: EraseTarget; isDryRun: boolean } | string {
  if (!isJsonObject(body)) {
    return "Cannot erase: the body must be a JSON object";
  }
  const unknown = Object.keys(body).some((key) =>
    !ERASE_KEYS.some((known) => known === key)
  );
  if (unknown) {
    return `Cannot erase: each key must be one of ${ERASE_KEYS.join(", ")}`;
  }
  const given = KINDS.filter((kind) => body[kind] !== undefined);
  const [kind] = given;
  const value = kind && body[kind];
  if (!kind || given.length > 1 || !isIdentifier(value)) {
    return "Cannot erase: give one of object, reference and account, an id";
  }
  const { dryRun = false } = body;
  if (typeof dryRun !== "boolean") {
    return "Cannot erase: dryRun must be true or false";
  }
  return { target: { kind, value }, isDryRun: dryRun };
}
