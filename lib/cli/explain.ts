// `explain`: why a signature does not verify.

import { UsageError } from "../errors.ts";
import { explainSignature } from "../explain/explain_signature.ts";
import { parseTimestamp } from "../persona/timestamp.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import { explanationJson, explanationText } from "./explanation_lines.ts";
import type { Io } from "./io.ts";
import { print } from "./print.ts";
import { readInputFile } from "./read_input_file.ts";

/** `persona-inbox explain` */
export const explainCommand: Command = {
  name: "explain",
  summary: "Explain why a signature does not verify",
  operandsMax: 0,
  examples: [
    "explain --header 't=1750000000,v1=5257a8…' --body body.json",
    "explain --header 't=1750000000,v1=5257a8…' --body body.json --now 1750000002",
    'explain --header "$HEADER" --body - < body.json',
  ],
  flags: {
    header: {
      value: "HEADER",
      help: "persona-signature as received, with or without its name",
      mayBeEmpty: true,
    },
    body: {
      value: "FILE",
      help: "file of the raw body, - for standard input",
    },
    now: {
      value: "TIME",
      help: "time of receipt, Unix seconds or ISO; now by default",
    },
    ...JSON_FLAG,
    ...settingFlags("secrets", "toleranceSeconds"),
  },
  run: explain,
};

async function explain(args: Args, io: Io): Promise<number> {
  const header = readHeader(args);
  const file = readBodyFlag(args);
  const nowSeconds = readNow(args);
  const { secrets, toleranceSeconds } = args.loadConfig("tool", io);
  const body = await readInputFile(file, io);
  if (secrets.length === 0) {
    throw new UsageError([
      "Cannot explain: PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env, or give it with --secret",
    ]);
  }
  const explanation = await explainSignature({
    header,
    body,
    secrets,
    nowSeconds,
    toleranceSeconds,
  });
  const asJson = args.isJson(io);
  const lines = asJson
    ? explanationJson(explanation)
    : explanationText(explanation);
  await print(lines.join("\n"), io);
  return explanation.ok ? 0 : 1;
}

function readHeader(args: Args): string {
  const header = args.get("header");
  if (header === undefined) {
    args.faults.push(
      "--header is missing: --header 't=…,v1=…', or --header '' if there was none",
    );
  }
  return (header ?? "").replace(/^\s*persona-signature\s*:/i, "").trim();
}

function readBodyFlag(args: Args): string {
  const file = args.get("body");
  if (!file) {
    args.faults.push(
      "--body is missing: --body FILE, or --body - for standard input",
    );
  }
  return file ?? "";
}

function readNow(args: Args): number | undefined {
  const text = args.get("now");
  if (text === undefined) return undefined;
  if (/^[0-9]{1,12}$/.test(text)) return Number(text);
  const date = parseTimestamp(text);
  if (date) return Math.floor(date.getTime() / 1000);
  args.faults.push(
    `Cannot use --now as it must be Unix seconds or an ISO time with its zone: current value is ${text}`,
  );
  return undefined;
}
