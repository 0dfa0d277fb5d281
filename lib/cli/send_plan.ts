import { HTTP_URL } from "../config/http_url.ts";
import { InboxError, UsageError } from "../errors.ts";
import { isKnownEventName } from "../persona/event_names.ts";
import { INFLECTIONS } from "../persona/inflection.ts";
import type { JsonValue } from "../json/json.ts";
import { API_VERSIONS, sampleEvent } from "../samples/samples.ts";
import type { Args } from "./command.ts";
import type { Io } from "./io.ts";
import { readInputFile } from "./read_input_file.ts";
import {
  addedKeys,
  applyChanges,
  type Change,
  readChange,
} from "./send_changes.ts";

const COUNT_MAX = 100_000;
const UNIX_SECONDS_MAX = 999_999_999_999;

/** Bodies to be sent, and their receiver. */
export interface SendPlan {
  readonly to: string;
  /** True if it was named; otherwise it is the server on this machine. */
  readonly isChosen: boolean;
  readonly secret: string | undefined;
  readonly count: number;
  /** Unix seconds; now when absent. */
  readonly timestamp: number | undefined;
  /** Likely mistakes. */
  readonly warnings: readonly string[];
  /** Makes a body, another one each time unless it comes from a file. */
  readonly makeBody: () => Uint8Array<ArrayBuffer>;
}

/**
 * Reads the arguments of `send`, and the file if there is one.
 *
 * @throws {UsageError} With every fault.
 * @throws {InboxError} If the file cannot be read.
 */
export async function readSendPlan(args: Args, io: Io): Promise<SendPlan> {
  const to = readUrl(args);
  const count = args.number("count", { min: 1, max: COUNT_MAX }) ?? 1;
  const timestamp = args.number("at", { min: 0, max: UNIX_SECONDS_MAX });
  const changes = args.all("set").flatMap((text) =>
    readChange(text, args.faults)
  );
  const file = args.get("file");
  const sample = file === undefined ? readSample(args, changes) : null;
  if (!sample) checkAlone(args);
  const { port, secrets: [secret] } = args.loadConfig("tool", io);
  return {
    to: to ?? ownUrl(port),
    isChosen: to !== undefined,
    secret,
    count,
    timestamp,
    ...sample ?? await readBody(file ?? "", changes, io),
  };
}

type Content = Pick<SendPlan, "warnings" | "makeBody">;

/** With `--file` there is no sample to be chosen. */
function checkAlone(args: Args): void {
  const others = [...args.operands];
  for (const flag of ["inflection", "api-version", "object", "reference"]) {
    if (args.has(flag)) others.push(`--${flag}`);
  }
  for (const other of others) {
    args.faults.push(
      `${other} and --file both say what to send: remove one`,
    );
  }
}

/** Unlike a destination's, it may hold a user name and a password. */
function readUrl(args: Args): string | undefined {
  const to = args.get("to")?.trim();
  const shown = to && shownUrl(to);
  const url = args.httpUrl("to", shown);
  return to === shown ? url : to;
}

/**
 * A URL without the name and the password that may stand in it.
 *
 * @param url The URL, or what should be one.
 */
export function shownUrl(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, "//");
}

/** The server on this machine. */
function ownUrl(port: number): string {
  const url = HTTP_URL.parse(`http://127.0.0.1:${port}/webhook`);
  if (url !== undefined) return url;
  throw new UsageError([
    `Cannot send to port ${port}: nothing can be sent there. Give the port that the server says at its start with --port, or a URL with --to`,
  ]);
}

/** Every sample of a name has the same keys, so that one tells all faults. */
function readSample(args: Args, changes: readonly Change[]): Content {
  const { operands: [name = "inquiry.approved"], faults } = args;
  if (!isKnownEventName(name) && !/^[\w/-]+\.[\w-]+$/.test(name)) {
    faults.push(
      `Cannot send ${name}: an event name looks like inquiry.approved`,
    );
  }
  const options = {
    objectId: args.get("object"),
    referenceId: args.get("reference"),
    inflection: readChoice(args, "inflection", INFLECTIONS),
    apiVersion: readChoice(args, "api-version", API_VERSIONS),
  };
  const make = () => sampleEvent(name, options);
  const warnings = addedKeys(changes, make());
  faults.push(...applyChanges(changes, make()));
  return { warnings, makeBody: () => encodeChanged(make(), changes) };
}

function readChoice<Choice extends string>(
  args: Args,
  flag: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = args.get(flag);
  const choice = choices.find((choice) => choice === text);
  if (text !== undefined && choice === undefined) {
    args.faults.push(
      `Cannot use --${flag} as it must be one of ${
        choices.join(", ")
      }: current value is ${text}`,
    );
  }
  return choice;
}

async function readBody(
  file: string,
  changes: readonly Change[],
  io: Io,
): Promise<Content> {
  const bytes = new Uint8Array(await readInputFile(file, io));
  if (changes.length === 0) return { warnings: [], makeBody: () => bytes };
  const value = parse(bytes, file);
  const warnings = addedKeys(changes, value);
  const body = encodeChanged(value, changes);
  return { warnings, makeBody: () => body };
}

function encodeChanged(value: JsonValue, changes: readonly Change[]) {
  const faults = applyChanges(changes, value);
  if (faults.length > 0) throw new UsageError(faults);
  return new TextEncoder().encode(JSON.stringify(value));
}

function parse(bytes: Uint8Array, file: string): JsonValue {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new InboxError(
      `Cannot change ${file}: it is not JSON`,
      "Omit --set to send the bytes as they are",
      { cause: error },
    );
  }
}
