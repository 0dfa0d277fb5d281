import { reloadText } from "../views/reload_result.ts";
import { type LocalHandler, respondJson } from "./local_call.ts";
import { respond } from "./respond.ts";

/** `POST /api/reload` */
export const reload: LocalHandler = async ({ requestId }, deps) => {
  if (!deps.requestReload) {
    const message = "Cannot reload: this program has its own settings";
    return respond(404, message, { requestId });
  }
  const result = await deps.requestReload();
  const { ok: success, ...rest } = result;
  const answer = { success, message: reloadText(result), ...rest };
  return respondJson(answer, success ? 200 : 409);
};
