/**
 * `send`: signed samples, to try a receiver out.
 *
 * @module
 */

import { readEnvelope } from "../persona/envelope.ts";
import { isKnownEventName } from "../persona/event_names.ts";
import { sign } from "../persona/signature.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";
import { answerAdvice, noAnswer, type SendTarget } from "./send_advice.ts";
import { readSendPlan, type SendPlan, shownUrl } from "./send_plan.ts";

const TIMEOUT_MS = 10_000;

/** `persona-inbox send` */
export const sendCommand: Command = {
  name: "send",
  summary: "Send a signed, realistic sample of an event",
  operands: "[EVENT_NAME]",
  operandsMax: 1,
  examples: [
    "send",
    "send inquiry.declined --inflection camel --api-version 2023-01-05",
    "send --set data.attributes.payload.data.attributes.status=declined",
    "send --file body.json --to http://127.0.0.1:8080/webhook",
  ],
  flags: {
    to: {
      value: "URL",
      help: "where to, http://127.0.0.1:$PORT/webhook by default",
    },
    inflection: {
      value: "INFLECTION",
      help: "spelling of keys: kebab, camel or snake",
    },
    "api-version": {
      value: "DATE",
      help: "API version of the webhook, the newest by default",
    },
    set: {
      value: "PATH=VALUE",
      help: "change a value, keys joined by dots",
      multiple: true,
    },
    file: {
      value: "FILE",
      help: "send the bytes of a file instead, - for standard input",
    },
    count: { value: "N", help: "how many, each an event of its own" },
    at: {
      value: "UNIX_SECONDS",
      help: "time of the signature, now by default",
    },
    json: { help: "print JSON lines on a terminal too" },
    ...settingFlags("secrets", "port"),
  },
  run: send,
};

async function send(args: Args, io: Io): Promise<number> {
  const plan = await readSendPlan(args, io);
  const asJson = args.has("json") || !io.stdoutIsTerminal;
  if (plan.secret === undefined) {
    await notify(
      "No secret: sending unsigned; set PERSONA_WEBHOOK_SECRET or --secret to sign",
      io,
    );
  }
  const to = shownUrl(plan.to);
  const isSigned = plan.secret !== undefined;
  const target: SendTarget = { to, isSigned, timeoutMs: TIMEOUT_MS };
  const told = new Set<string>();
  const tellOnce = async (text: string) => {
    if (!told.has(text)) await notify(text, io);
    told.add(text);
  };
  let refused = 0;
  for (let count = 0; count < plan.count; count++) {
    const body = plan.makeBody();
    const { name, id } = namesOf(body);
    if (name !== null && !isKnownEventName(name)) {
      await tellOnce(`${name} is not in the catalogue of Persona's events`);
    }
    const status = await post(body, { ...plan, target }, io);
    const line = asJson
      ? JSON.stringify({ status, name, id, to })
      : `${status}  ${name ?? "no event"}  ${id ?? ""}`.trimEnd();
    await print(line, io);
    const advice = answerAdvice(status, target);
    if (advice === undefined) continue;
    refused++;
    await tellOnce(advice);
  }
  return refused === 0 ? 0 : 1;
}

async function post(
  body: Uint8Array<ArrayBuffer>,
  { to, secret, target, timestamp = Math.floor(Date.now() / 1000) }:
    & SendPlan
    & { target: SendTarget },
  io: Io,
): Promise<number> {
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "persona-webhook-attempts-made": "1",
    "persona-webhook-attempts-left": "7",
    "persona-webhook-first-attempted-at": String(timestamp),
  });
  if (secret !== undefined) {
    headers.set("persona-signature", await sign(secret, body, { timestamp }));
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = new Request(to, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
    signal,
  });
  try {
    const response = await io.fetch(request);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    throw noAnswer(error, target);
  }
}

/** Returns the name and the id of what was sent, which `events ID` takes. */
function namesOf(
  body: Uint8Array,
): { name: string | null; id: string | null } {
  const result = readEnvelope(body);
  return result.ok ? result.envelope : { name: null, id: null };
}
