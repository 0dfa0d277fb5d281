import { type Engine, ENGINE_HINT } from "../app/check_engine.ts";
import { failed, type Finding, ok } from "./finding.ts";

/** Names the engine. */
export function checkEngine({ name, isUnsafe }: Engine): Finding {
  if (!isUnsafe) return ok("engine", name);
  const summary = `${name} can lose stored events when it moves its log`;
  return failed("engine", summary, ENGINE_HINT);
}
