import { isJsonObject, type JsonValue } from "../json/json.ts";
import { type Finding, ok } from "./finding.ts";

/** The last line is in these bytes. */
const TAIL_BYTES = 4_096;

/**
 * Reports the latest reveal.
 *
 * @returns One finding; none when nothing was revealed.
 */
export function checkReveals(storePath: string): readonly Finding[] {
  const path = `${storePath}.reveals.jsonl`;
  const latest = lastLine(path);
  if (!isJsonObject(latest)) return [];
  const { at, eventId, uid } = latest;
  const user = uid === null ? "" : ` by user ${uid}`;
  return [
    ok(
      "reveals",
      `latest on the command line at ${at}${user}: ${eventId}; all are in ${path}`,
    ),
  ];
}

function lastLine(path: string): JsonValue {
  try {
    using file = Deno.openSync(path);
    const { size } = file.statSync();
    file.seekSync(Math.max(0, size - TAIL_BYTES), Deno.SeekMode.Start);
    const bytes = new Uint8Array(TAIL_BYTES);
    const read = file.readSync(bytes) ?? 0;
    const text = new TextDecoder().decode(bytes.subarray(0, read)).trimEnd();
    return JSON.parse(text.slice(text.lastIndexOf("\n") + 1));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return null; // There is none, or it is not ours.
  }
}
