/**
 * What `send` was asked to send, and where to.
 *
 * @module
 */

import { InboxError } from "../errors.ts";
import { isKnownEventName } from "../persona/event_names.ts";
import { INFLECTIONS } from "../persona/inflection.ts";
import type { JsonValue } from "../persona/json.ts";
import { sampleEvent } from "../persona/samples.ts";
import { setAtPath } from "../persona/set_at_path.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";

const COUNT_MAX = 100_000;
const UNIX_SECONDS_MAX = 999_999_999_999;

/** What to send, and where to. */
export interface SendPlan {
  readonly name: string;
  readonly to: string;
  readonly secret: string | undefined;
  readonly count: number;
  /** Unix seconds; now when absent. */
  readonly timestamp: number | undefined;
  /** Makes a body, another one each time unless it comes from a file. */
  readonly makeBody: () => Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Reads the arguments of `send`.
 *
 * @param args The arguments.
 * @param io The outside.
 * @returns The plan.
 * @throws {UsageError} With every fault.
 */
export function readSendPlan(args: Args, io: Io): SendPlan {
  const to = readUrl(args);
  const name = readName(args);
  const count = readNumber(args, "count", COUNT_MAX) ?? 1;
  const timestamp = readNumber(args, "at", UNIX_SECONDS_MAX);
  const makeBody = bodyMaker(args, io);
  const { port, secrets: [secret] } = args.loadConfig("tool", io);
  return {
    name,
    to: to ?? `http://127.0.0.1:${port}/webhook`,
    secret,
    count,
    timestamp,
    makeBody,
  };
}

function readName(args: Args): string {
  const file = args.get("file");
  const [name = file ?? "inquiry.approved"] = args.operands;
  if (file !== undefined && args.operands.length > 0) {
    args.faults.push(
      `Cannot use ${name} as --file says what to send: leave one out`,
    );
  } else if (
    file === undefined && !isKnownEventName(name) &&
    !/^[\w/-]+\.[\w-]+$/.test(name)
  ) {
    args.faults.push(
      `Cannot send ${name} as an event name must look like inquiry.approved`,
    );
  }
  return name;
}

function readUrl(args: Args): string | undefined {
  const to = args.get("to");
  if (to === undefined) return undefined;
  if (!/^https?:\/\//.test(to) || !URL.canParse(to)) {
    args.faults.push(`Cannot send to ${to} as it must be an http or https URL`);
  }
  return to;
}

function readNumber(
  args: Args,
  flag: string,
  max: number,
): number | undefined {
  const text = args.get(flag);
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (number <= max) return number;
  args.faults.push(
    `Cannot use --${flag} as it must be a whole number up to ${max}: current value is ${text}`,
  );
  return undefined;
}

function bodyMaker(args: Args, io: Io) {
  const [name = "inquiry.approved"] = args.operands;
  const file = args.get("file");
  const spelling = args.get("inflection") ?? "kebab";
  const inflection = INFLECTIONS.find((known) => known === spelling);
  if (!inflection) {
    args.faults.push(
      `Cannot use --inflection as it must be one of ${
        INFLECTIONS.join(", ")
      }: current value is ${spelling}`,
    );
  }
  const changes = args.all("set").flatMap((text) =>
    readChange(text, args.faults)
  );
  return async () => {
    if (file !== undefined && changes.length === 0) return await read(file, io);
    const value = file === undefined
      ? sampleEvent(name, { inflection })
      : parse(await read(file, io), file);
    for (const change of changes) apply(change, value);
    return new TextEncoder().encode(JSON.stringify(value));
  };
}

interface Change {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

function readChange(text: string, faults: string[]): Change[] {
  const [, path, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (path !== undefined && value !== undefined) {
    return [{ path: path.split("."), value: readValue(value) }];
  }
  faults.push(`Cannot use --set ${text} as it must be PATH=VALUE`);
  return [];
}

/** JSON if it is, else text: `3`, `true`, `["a"]`, `declined`. */
function readValue(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function apply({ path, value }: Change, target: JsonValue): void {
  if (setAtPath(target, path, value)) return;
  throw new InboxError(
    `Cannot set ${
      path.join(".")
    } as every key before the last must lead to an object or array`,
    "See the keys of a sample: persona-inbox events ID",
  );
}

async function read(file: string, io: Io): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await io.readFile(file));
  } catch (error) {
    throw new InboxError(
      `Cannot send ${file} as it must be a readable file`,
      "Check the path and its permissions",
      { cause: error },
    );
  }
}

function parse(bytes: Uint8Array, file: string): JsonValue {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InboxError(
      `Cannot change ${file} as it must be JSON`,
      "Leave --set out to send the bytes as they are",
      { cause: error },
    );
  }
}
