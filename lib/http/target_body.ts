import { isJsonObject, type JsonObject } from "../json/json.ts";
import { isIdentifier } from "../persona/identifier.ts";
import { readJsonBody } from "./json_body.ts";
import { type LocalCall, type LocalDeps, respondFaults } from "./local_call.ts";
import { respond } from "./respond.ts";

/** The members that the body of a request must have. */
export interface TargetRule<Kind extends string> {
  /** Said in faults: `erase`. */
  readonly command: string;
  /** Keys of which it has one. */
  readonly kinds: readonly Kind[];
  /** All keys that it may have. */
  readonly keys: readonly string[];
}

/** The target of a request, and all that its body says. */
export interface TargetBody<Kind extends string> {
  readonly target: { readonly kind: Kind; readonly value: string };
  readonly body: JsonObject;
}

/** Reads a JSON body that names one thing by its id; a fault is a response. */
export async function readTargetBody<Kind extends string>(
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
