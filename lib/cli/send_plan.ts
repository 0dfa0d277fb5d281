import { HTTP_URL } from "../config/http_url.ts";
import { InboxError, UsageError } from "../errors.ts";
import { isKnownEventName } from "../persona/event_names.ts";
import { INFLECTIONS } from "../persona/inflection.ts";
import type { JsonValue } from "../json/json.ts";
import {
  API_VERSIONS,
  sampleEvent,
  type SampleOptions,
} from "../samples/samples.ts";
import { sampleSeries, SCENARIOS } from "../samples/series.ts";
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
/** All its events are kept in memory. */
const CHAOS_COUNT_MAX = 100;
const SEED_MAX = 2 ** 32 - 1;
const UNIX_SECONDS_MAX = 999_999_999_999;

/** The flags that choose a sample. */
const SAMPLE_FLAGS = ["inflection", "api-version", "object", "reference"];

/** The choices of `--chaos`. */
export interface ChaosOptions {
  readonly seed: number;
  readonly secret: string;
}

/** Bodies to be sent, and their receiver. */
export interface SendPlan {
  readonly to: string;
  /** True if it was named; otherwise it is the server on this machine. */
  readonly isChosen: boolean;
  readonly secret: string | undefined;
  /** The number of events. */
  readonly count: number;
  /** Unix seconds; now when absent. */
  readonly timestamp: number | undefined;
  /** Likely mistakes. */
  readonly warnings: readonly string[];
  /** Makes the bodies, each another one unless they come from a file. */
  readonly bodies: () => Iterable<Uint8Array<ArrayBuffer>>;
  /** Set for `--chaos`. */
  readonly chaos: ChaosOptions | undefined;
}

/**
 * Reads the arguments of `send`, and the file if there is one.
 *
 * @throws {UsageError} With every fault.
 * @throws {InboxError} If the file cannot be read.
 */
export async function readSendPlan(args: Args, io: Io): Promise<SendPlan> {
  const to = readUrl(args);
  const seed = args.number("chaos", { min: 0, max: SEED_MAX });
  const max = seed === undefined ? COUNT_MAX : CHAOS_COUNT_MAX;
  const rounds = args.number("count", { min: 1, max }) ?? 1;
  const timestamp = args.number("at", { min: 0, max: UNIX_SECONDS_MAX });
  const changes = args.all("set").flatMap((text) =>
    readChange(text, args.faults)
  );
  const file = args.get("file");
  const content = args.has("scenario") || seed !== undefined
    ? readSeries(args)
    : file === undefined
    ? readSample(args, changes)
    : null;
  if (!content) checkAlone(args, "file", SAMPLE_FLAGS);
  const { port, secrets: [secret] } = args.loadConfig("tool", io);
  const { warnings, bodiesEach, makeBodies } = content ??
    await readBody(file ?? "", changes, io);
  return {
    to: to ?? ownUrl(port),
    isChosen: to !== undefined,
    secret,
    count: rounds * bodiesEach,
    timestamp,
    warnings,
    *bodies() {
      for (let round = 0; round < rounds; round++) yield* makeBodies();
    },
    chaos: readChaos(seed, secret),
  };
}

function readChaos(
  seed: number | undefined,
  secret: string | undefined,
): ChaosOptions | undefined {
  if (seed === undefined) return undefined;
  if (secret !== undefined) return { seed, secret };
  throw new UsageError([
    "--chaos needs a secret to sign with: set PERSONA_WEBHOOK_SECRET or --secret",
  ]);
}

/** The deliveries of a round. */
interface Content {
  readonly warnings: readonly string[];
  readonly bodiesEach: number;
  readonly makeBodies: () => readonly Uint8Array<ArrayBuffer>[];
}

/** Adds a fault for each argument that contradicts a flag about what to send. */
function checkAlone(
  args: Args,
  flag: string,
  flags: readonly string[],
): void {
  const others = [...args.operands];
  for (const other of flags) if (args.has(other)) others.push(`--${other}`);
  for (const other of others) {
    args.faults.push(
      `${other} and --${flag} both say what to send: remove one`,
    );
  }
}

/** The events of one inquiry, or for `--chaos` of one for each end. */
function readSeries(args: Args): Content {
  const flag = args.has("scenario") ? "scenario" : "chaos";
  checkAlone(args, flag, ["file", "set"]);
  if (args.has("chaos") && args.has("at")) {
    args.faults.push("--chaos sets its own times: remove --at");
  }
  const scenario = readChoice(args, "scenario", SCENARIOS);
  const scenarios = scenario === undefined ? SCENARIOS : [scenario];
  const options = readSampleOptions(args);
  const make = () =>
    scenarios.flatMap((scenario) => sampleSeries(scenario, options));
  return {
    warnings: [],
    bodiesEach: make().length,
    makeBodies: () => make().map(encode),
  };
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
  const options = readSampleOptions(args);
  const make = () => sampleEvent(name, options);
  const warnings = addedKeys(changes, make());
  faults.push(...applyChanges(changes, make()));
  const makeBodies = () => [encodeChanged(make(), changes)];
  return { warnings, bodiesEach: 1, makeBodies };
}

function readSampleOptions(args: Args): SampleOptions {
  return {
    objectId: args.get("object"),
    referenceId: args.get("reference"),
    inflection: readChoice(args, "inflection", INFLECTIONS),
    apiVersion: readChoice(args, "api-version", API_VERSIONS),
  };
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
  const of = (body: Uint8Array<ArrayBuffer>, warnings: readonly string[]) => ({
    warnings,
    bodiesEach: 1,
    makeBodies: () => [body],
  });
  if (changes.length === 0) return of(bytes, []);
  const value = parse(bytes, file);
  const warnings = addedKeys(changes, value);
  return of(encodeChanged(value, changes), warnings);
}

function encodeChanged(value: JsonValue, changes: readonly Change[]) {
  const faults = applyChanges(changes, value);
  if (faults.length > 0) throw new UsageError(faults);
  return encode(value);
}

function encode(value: JsonValue): Uint8Array<ArrayBuffer> {
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
