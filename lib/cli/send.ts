// `send`: signed samples, to try a receiver out.

import { isThisMachine } from "../config/this_machine.ts";
import { readEnvelope } from "../persona/envelope.ts";
import { EVENT_NAMES, isKnownEventName } from "../persona/event_names.ts";
import { API_VERSIONS } from "../persona/generated/documented_objects.ts";
import { SCENARIOS } from "../samples/series.ts";
import { INFLECTIONS } from "../persona/inflection.ts";
import { didYouMean } from "../persona/nearest_name.ts";
import { sign } from "../persona/signature.ts";
import { UsageError } from "../errors.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { notify, print } from "./print.ts";
import { counted } from "../views/counted.ts";
import { postDelivery } from "./post_delivery.ts";
import { answerAdvice, type SendTarget } from "./send_advice.ts";
import { sendChaos } from "./send_chaos.ts";
import { readSendPlan, type SendPlan, shownUrl } from "./send_plan.ts";

/** `persona-inbox send` */
export const sendCommand: Command = {
  name: "send",
  summary: "Send a signed, realistic sample of an event",
  operands: "[EVENT_NAME]",
  operandsMax: 1,
  choices: EVENT_NAMES,
  examples: [
    "send",
    "send inquiry.declined --inflection camel --api-version 2023-01-05",
    "send --set data.attributes.payload.data.attributes.status=declined",
    "send inquiry.approved --object inq_8kYQdT4ZVvpLmLvkUB1W8tMH",
    "send --scenario declined",
    "send --chaos 7",
    "send --file body.json --to http://127.0.0.1:8080/webhook",
  ],
  flags: {
    to: {
      value: "URL",
      help: "URL to send to, http://127.0.0.1:$PORT/webhook by default",
    },
    list: { help: "list the names of all samples" },
    object: { value: "ID", help: "id of the object, a random one by default" },
    reference: {
      value: "REF",
      help: "your reference id of the person, for objects that have one",
    },
    inflection: {
      value: "INFLECTION",
      choices: INFLECTIONS,
      help: "spelling of keys: kebab, camel or snake",
    },
    "api-version": {
      value: "DATE",
      choices: API_VERSIONS,
      help: "API version of the webhook, the newest by default",
    },
    set: {
      value: "PATH=VALUE",
      help: "change a value, keys joined by dots",
      multiple: true,
    },
    scenario: {
      value: "END",
      choices: SCENARIOS,
      help: `all events of one inquiry: ${SCENARIOS.join(", ")}`,
    },
    chaos: {
      value: "SEED",
      help: "all that a receiver must stand; prints what must come out",
    },
    file: {
      short: "f",
      value: "FILE",
      help: "send the bytes of a file instead, - for standard input",
    },
    count: {
      short: "n",
      value: "N",
      help: "number of events, or of inquiries, to send",
    },
    at: {
      value: "UNIX_SECONDS",
      help: "time of the signature, now by default",
    },
    yes: { help: "do not ask before sending to another machine" },
    ...JSON_FLAG,
    ...settingFlags("secrets"),
    port: { value: "PORT", help: "port of the server on this machine (PORT)" },
  },
  run: send,
};

async function send(args: Args, io: Io): Promise<number> {
  const asJson = args.isJson(io);
  if (args.has("list")) return await list(args, asJson, io);
  const plan = await readSendPlan(args, io);
  if (!await isAllowed(plan, args, io)) return 1;
  for (const warning of plan.warnings) await notify(warning, io);
  if (plan.secret === undefined) {
    await notify(
      "No secret: sending unsigned; set PERSONA_WEBHOOK_SECRET or --secret to sign",
      io,
    );
  }
  const to = shownUrl(plan.to);
  const isSigned = plan.secret !== undefined;
  const { isChosen } = plan;
  const target = { url: plan.to, to, isChosen, isSigned };
  const { chaos } = plan;
  return chaos
    ? await sendChaos([...plan.bodies()], { ...chaos, target, asJson }, io)
    : await sendAll(plan, { target, asJson }, io);
}

async function sendAll(
  plan: SendPlan,
  { target, asJson }: { target: SendTarget; asJson: boolean },
  io: Io,
): Promise<number> {
  const { to } = target;
  const told = new Set<string>();
  const tellOnce = async (text: string) => {
    if (!told.has(text)) await notify(text, io);
    told.add(text);
  };
  let refused = 0;
  for (const body of plan.bodies()) {
    const { name, id } = namesOf(body);
    if (name !== null && !isKnownEventName(name)) {
      const hint = didYouMean(name, EVENT_NAMES);
      await tellOnce(`${name} is not in Persona's catalog of events.${hint}`);
    }
    const { timestamp = Math.floor(Date.now() / 1000), secret } = plan;
    const status = await postDelivery(
      {
        body,
        signature: secret && await sign(secret, body, { timestamp }),
        firstAttemptedAt: timestamp,
        attemptsMade: 1,
      },
      target,
      io,
    );
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

async function list(args: Args, asJson: boolean, io: Io): Promise<number> {
  const [name] = args.operands;
  if (name !== undefined) {
    args.faults.push(`--list lists all samples: remove ${name}`);
  }
  args.loadConfig("tool", io); // For the faults of the arguments.
  const lines = EVENT_NAMES.map((name) =>
    asJson ? JSON.stringify({ name }) : name
  );
  await print(lines.join("\n"), io);
  return 0;
}

/** Asks before anything leaves this machine. */
async function isAllowed(plan: SendPlan, args: Args, io: Io): Promise<boolean> {
  if (args.has("yes") || isThisMachine(new URL(plan.to))) return true;
  const { host } = new URL(plan.to);
  if (!io.canAsk) {
    throw new UsageError([
      `Sending to ${host} must be confirmed, as it is not this machine: add --yes`,
    ]);
  }
  const amount = counted(plan.count, "event");
  if (await io.ask(`Send ${amount} to ${host}, which is not this machine?`)) {
    return true;
  }
  await notify("Nothing was sent", io);
  return false;
}

/** Returns the name and the id of what was sent, which `events ID` takes. */
function namesOf(
  body: Uint8Array,
): { name: string | null; id: string | null } {
  const result = readEnvelope(body);
  return result.ok ? result.envelope : { name: null, id: null };
}
