// `keys`: the keys that payloads are encrypted by.

import { rewrapKeys } from "../app/rewrap_keys.ts";
import { createEncryptionKey } from "../encryption_key.ts";
import { UsageError } from "../errors.ts";
import { type Args, type Command, JSON_FLAG, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";
import { recordedAct } from "./record_act.ts";
import { print } from "./print.ts";

/** The pause between batches of data keys, for a server that needs new ones. */
const PAUSE_MS = 5;

/** `persona-inbox keys` */
export const keysCommand: Command = {
  name: "keys",
  summary:
    "Print a fresh encryption key, or move all data keys under the first",
  operands: "new [ID] | rewrap",
  operandsMax: 2,
  choices: ["new", "rewrap"],
  examples: ["keys new", "keys new 2027", "keys rewrap"],
  flags: {
    ...JSON_FLAG,
    ...settingFlags("storeUrl"),
  },
  run: keys,
};

const ID = /^[\w.-]{1,64}$/;

function keys(args: Args, io: Io): Promise<number> {
  const [action, id = freshId(new Date())] = args.operands;
  if (action === "new") {
    if (!ID.test(id)) {
      args.faults.push(
        "Cannot use the id of a key as it must be letters, digits, . _ or -, at most 64",
      );
    }
    if (args.faults.length > 0) throw new UsageError(args.faults);
    return newKey(id, io);
  }
  if (action !== "rewrap") {
    args.faults.push("keys needs what to do: keys new, or keys rewrap");
  } else if (args.operands.length > 1) {
    args.faults.push("keys rewrap takes no argument: it moves all data keys");
  }
  return rewrap(args, io);
}

async function newKey(id: string, io: Io): Promise<number> {
  await io.stdout(`${createEncryptionKey(id)}\n`);
  return 0;
}

async function rewrap(args: Args, io: Io): Promise<number> {
  const config = args.loadConfig("tool", io);
  const { storeUrl, encryptionKeys: [first] } = config;
  const rewrapAll = () => rewrapKeys(config, () => pause(io));
  const act = { act: "keys", detail: "rewrap", storeUrl } as const;
  const { rewrapped, counts } = first
    ? await recordedAct(rewrapAll, { ...act, subject: first.id })
    : await rewrapAll();
  const asJson = args.isJson(io);
  const left = Object.entries(counts).map(([id, count]) => `${count} by ${id}`);
  const text = `rewrapped ${rewrapped}; wrapped now: ${left.join(", ")}`;
  const keys = JSON.stringify({ rewrapped, wrapped: counts });
  await print(asJson ? keys : text, io);
  return 0;
}

function pause(io: Io): Promise<void> {
  return new Promise((resolve) => io.setTimer(resolve, PAUSE_MS));
}

/** The day tells people which key is which; there may be several of a day. */
function freshId(time: Date): string {
  const lot = crypto.randomUUID().slice(0, 4);
  return `${time.toISOString().slice(0, 10)}-${lot}`;
}
