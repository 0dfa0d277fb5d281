/**
 * The files with settings, `.env` and `inbox.json`. Faults name the place and never
 * what stands there: it may be a secret.
 *
 * @module
 */

import { parse as parseDotenv } from "@std/dotenv/parse";
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../persona/json.ts";
import { jsonFaultPlace } from "../persona/json_fault_place.ts";
import { SETTINGS } from "./settings.ts";

/** How files are read, and who hears what is wrong with them. */
export interface FileReading {
  /** Throws `Deno.errors.NotFound` when the file is not there. */
  readonly readTextFile: (path: string) => string;
  readonly onFault: (fault: string) => void;
}

/** What is well in `.env`: a blank line, a comment, or a variable and its value. */
const DOTENV_LINE =
  /[^\S\r\n]*(?:(?:export\s+)?[A-Za-z_][\w.-]*[^\S\r\n]*=[^\S\r\n]*(?:'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`)?[^\r\n]*|#[^\r\n]*)?(?:\r\n?|\n|$)/y;

/** Why a file cannot be read, by the name of the error. */
const READ_FAULTS: Readonly<Record<string, string>> = {
  NotCapable: "reading it is not permitted, see --allow-read",
  PermissionDenied: "this user may not read it",
  IsADirectory: "it is a folder",
  FilesystemLoop: "it is a link that leads nowhere",
};

/**
 * Reads `.env`, which need not be there.
 *
 * @param reading How.
 * @returns Its variables; none where it has faults.
 */
export function readDotenv(reading: FileReading): Record<string, string> {
  const text = readText(".env", { ...reading, mustExist: false });
  if (text === undefined) return {};
  const line = badDotenvLine(text);
  if (line !== undefined) {
    reading.onFault(
      `Cannot read .env as it must be lines of NAME=value: look at line ${line}`,
    );
    return {};
  }
  try {
    return parseDotenv(text);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    reading.onFault(
      "Cannot read .env as each $NAME in it must be permitted: see --allow-env",
    );
    return {};
  }
}

/**
 * Reads `inbox.json`.
 *
 * @param path Where it is.
 * @param reading How, and whether it has to be there.
 * @returns Its members; none where it has faults.
 */
export function readInboxJson(
  path: string,
  reading: FileReading & { readonly mustExist: boolean },
): JsonObject {
  const { onFault } = reading;
  if (path === "") {
    onFault("Cannot use --config as it must be the path of a file");
    return {};
  }
  const text = readText(path, reading);
  if (text === undefined) return {};
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    const { line, column } = jsonFaultPlace(text);
    onFault(
      `Cannot read ${path} as it must be JSON: look at line ${line}, column ${column}`,
    );
    return {};
  }
  if (!isJsonObject(value)) {
    onFault(`Cannot read ${path} as it must be a JSON object`);
    return {};
  }
  const keys = Object.values(SETTINGS).map((setting) => setting.key);
  keys.push("destinations");
  for (const key of Object.keys(value)) {
    if (keys.includes(key)) continue;
    const known = keys.join(", ");
    onFault(`Cannot use "${key}" in ${path} as a key must be one of ${known}`);
  }
  return { ...value };
}

function readText(
  path: string,
  { readTextFile, onFault, mustExist }: FileReading & { mustExist: boolean },
): string | undefined {
  try {
    return readTextFile(path).replace(/^\uFEFF/, "");
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound;
    if (isMissing && !mustExist) return undefined;
    const name = error instanceof Error ? error.name : "unknown failure";
    onFault(
      `Cannot read ${path} as it must be a readable file: ${
        READ_FAULTS[name] ?? name
      }`,
    );
    return undefined;
  }
}

/** Counts from 1; a value in quotes may go over several lines. */
function badDotenvLine(text: string): number | undefined {
  let at = 0;
  while (at < text.length) {
    DOTENV_LINE.lastIndex = at;
    if (!DOTENV_LINE.test(text)) {
      return text.slice(0, at).split(/\r\n?|\n/).length;
    }
    at = DOTENV_LINE.lastIndex;
  }
  return undefined;
}
