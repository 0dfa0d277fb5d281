// The files with settings, `.env` and `inbox.json`. Faults name the place and
// never what stands there: it may be a secret.

import { parse as parseDotenv } from "@std/dotenv/parse";
import { isJsonObject, type JsonObject, type JsonValue } from "../json/json.ts";
import { jsonFaultPosition } from "../json/json_fault_position.ts";
import { blankComments } from "../json/jsonc.ts";
import { duplicateKeys } from "../json/duplicate_key.ts";
import { didYouMean } from "../persona/nearest_name.ts";
import { UnusableFile } from "./read_settings_file.ts";
import { isSettingName } from "./setting_names.ts";
import { SETTINGS } from "./settings.ts";

/** Access to files, and the receiver of their faults. */
export interface FileReading {
  /** Throws `Deno.errors.NotFound` when the file is not there. */
  readonly readTextFile: (path: string) => string;
  readonly onFault: (fault: string) => void;
  /** The files that had content before: without it, what they set would be undone. */
  readonly kept: readonly string[];
}

/** The keys of `inbox.json`; `$schema` is for editors. */
export const INBOX_KEYS = [
  ...Object.values(SETTINGS).map(({ key }) => key),
  "destinations",
  "retention",
  "$schema",
];

/** A well-formed line of `.env`: a blank line, a comment, or a variable and its value. */
const DOTENV_LINE =
  /[^\S\r\n]*(?:(?:export\s+)?(?<name>[A-Za-z_][\w.-]*)[^\S\r\n]*=[^\S\r\n]*(?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`)?[^\r\n]*|#[^\r\n]*)?(?:\r\n?|\n|$)/y;

/** Reasons why a file cannot be read, by the name of the error. */
const READ_FAULTS: Readonly<Record<string, string>> = {
  NotFound: "there is no such file",
  NotADirectory: "there is no such file",
  NotCapable: "reading it is not permitted, see --allow-read",
  PermissionDenied: "this user may not read it",
  IsADirectory: "it is a directory",
  FilesystemLoop: "it is a link that leads nowhere",
};

const KEPT_HINT = "Put it back, or restart the server without it";

/**
 * Explains why a file cannot be read.
 *
 * @returns The end of a sentence.
 */
export function unreadableReason(error: unknown): string {
  if (error instanceof UnusableFile) return error.message;
  const name = error instanceof Error ? error.name : "unknown failure";
  return READ_FAULTS[name] ?? name;
}

/**
 * Reads `.env`, which need not be there.
 *
 * @returns Its variables; none where it has faults.
 */
export function readDotenv(reading: FileReading): Record<string, string> {
  const text = readText(".env", { ...reading, mustExist: false });
  if (text === undefined) return {};
  try {
    if (checkDotenv(text, reading.onFault)) return parseDotenv(text);
  } catch (error) {
    reading.onFault(`Cannot read .env: ${dotenvFault(error)}`);
  }
  return {};
}

/**
 * Reads `inbox.json`.
 *
 * @returns Its members; none where it has faults.
 */
export function readInboxJson(
  path: string,
  reading: FileReading & { readonly mustExist: boolean },
): JsonObject {
  const { onFault } = reading;
  if (path === "") {
    onFault("--config needs the path of a file");
    return {};
  }
  const text = readText(path, reading);
  if (text === undefined) return {};
  const json = blankComments(text);
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch {
    const { line, column } = jsonFaultPosition(json);
    onFault(
      `Cannot read ${path}: it is not JSON at line ${line}, column ${column}`,
    );
    return {};
  }
  if (!isJsonObject(value)) {
    onFault(`Cannot read ${path}: it is not a JSON object`);
    return {};
  }
  for (const { key, line } of duplicateKeys(json)) {
    onFault(
      `Cannot use "${key}" in ${path}: it stands twice in its object, again at line ${line}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!INBOX_KEYS.includes(key)) {
      onFault(
        `Unknown key "${key}" in ${path}.${knownKeysHint(key, INBOX_KEYS)}`,
      );
    }
  }
  return { ...value };
}

/**
 * Names the key that was meant, or all that there are.
 *
 * @returns The end of a message.
 */
export function knownKeysHint(key: string, known: readonly string[]): string {
  return didYouMean(key, known) || ` Known keys: ${known.join(", ")}`;
}

function readText(
  path: string,
  { readTextFile, onFault, kept, mustExist }: FileReading & {
    mustExist: boolean;
  },
): string | undefined {
  const isKept = kept.includes(path);
  try {
    const text = readTextFile(path).replace(/^\uFEFF/, "");
    if (!isKept || text.trim() !== "") return text;
    onFault(`Cannot read ${path}: it is empty, and was not. ${KEPT_HINT}`);
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    if (isMissing && isKept) {
      onFault(
        `Cannot read ${path}: it was there before, and is gone. ${KEPT_HINT}`,
      );
      return undefined;
    }
    if (isMissing && !mustExist) return undefined;
    onFault(`Cannot read ${path}: ${unreadableReason(error)}`);
    return undefined;
  }
}

function dotenvFault(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return "reading each $NAME in it must be permitted: see --allow-env, or restart a server that gave it up";
  }
  // The stack of the patterns that read it is exhausted.
  if (error instanceof RangeError) return "a line is too long";
  if (error instanceof TypeError) return "a ${NAME} in it names no variable";
  throw error;
}

/**
 * Checks the lines of `.env`; a value in quotes may span several. Of a name that
 * stands twice only the last line would count, which matters for ours.
 *
 * @returns Whether each is a variable, a comment or blank.
 */
function checkDotenv(text: string, onFault: (fault: string) => void): boolean {
  const lines = new Map<string, number>();
  let at = 0;
  while (at < text.length) {
    const line = text.slice(0, at).split(/\r\n?|\n/).length;
    DOTENV_LINE.lastIndex = at;
    const match = DOTENV_LINE.exec(text);
    if (!match) {
      onFault(`Cannot read .env: line ${line} is not NAME=value`);
      return false;
    }
    const name = match.groups?.name ?? "";
    const first = lines.get(name);
    if (first !== undefined && isSettingName(name)) {
      onFault(
        `Cannot use ${name} in .env: lines ${first} and ${line} both set it`,
      );
    }
    lines.set(name, line);
    at = DOTENV_LINE.lastIndex;
  }
  return true;
}
