// The route of the local listener that erases what is stored of a person.

import { InboxError, StoreError } from "../errors.ts";
import { eraseText, keptText } from "../views/erase_result.ts";
import { type LocalHandler, respondFaults, respondJson } from "./local_call.ts";
import { respond } from "./respond.ts";
import { readTargetBody } from "./target_body.ts";

const KINDS = ["object", "reference", "account"] as const;

/** Keys of the body of `POST /api/erase`. */
export const ERASE_KEYS = [...KINDS, "dryRun"] as const;

/** `POST /api/erase` */
export const erasePerson: LocalHandler = async (call, deps) => {
  const rule = { command: "erase", kinds: KINDS, keys: ERASE_KEYS };
  const read = await readTargetBody(call, deps, rule);
  if (read instanceof Response) return read;
  const { target, body: { dryRun: isDryRun = false } } = read;
  if (typeof isDryRun !== "boolean") {
    const fault = "Cannot erase: dryRun must be true or false";
    return respondFaults([fault], call);
  }
  try {
    const by = call.client.name;
    const result = await deps.erase(target, { isDryRun, by });
    if (!isDryRun && result.events === 0 && result.held.length > 0) {
      return respond(409, `Cannot erase: ${keptText(result)}`, call);
    }
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
