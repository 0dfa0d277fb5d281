// Ids as people give them: whole, or as much of the beginning as tells them apart.

import { UsageError } from "../errors.ts";
import { escapeInLine } from "../escape.ts";
import type { EventConditions } from "./event_filter.ts";
import type { EventReader } from "./event_reader.ts";

/** The most ids that are named when several begin so. */
const NAMED_MAX = 5;

/** The cut end of an id in a log line, which may have been copied with it. */
const CUT = /…$/;

/**
 * Completes ids.
 *
 * @param prefixes Ids, or beginnings of them.
 * @returns The whole ids, each once; one that no id begins with stays as it is.
 * @throws {UsageError} With every beginning that several ids have.
 */
export async function resolveIds(
  prefixes: readonly string[],
  of: "event" | "object",
  reader: EventReader,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  const faults: string[] = [];
  for (const text of prefixes) {
    const prefix = text.replace(CUT, "");
    const limit = NAMED_MAX + 1;
    // An empty text is a slip, as of a variable that is not set.
    const found = prefix === ""
      ? []
      : await reader.idsWithPrefix({ prefix, of, limit });
    const [first = text] = found;
    if (found.length <= 1 || first === prefix) ids.add(first);
    else faults.push(ambiguity(prefix, found));
  }
  if (faults.length > 0) throw new UsageError(faults);
  return [...ids];
}

/**
 * Completes ids that were given by their beginnings.
 *
 * @returns The conditions with whole ids.
 * @throws {UsageError} With every beginning that several ids have.
 */
export async function resolveConditions<Conditions extends EventConditions>(
  conditions: Conditions,
  reader: EventReader,
): Promise<Conditions> {
  const { ids, objectId } = conditions;
  const objectIds = objectId === undefined ? [] : [objectId];
  const [wholeId] = await resolveIds(objectIds, "object", reader);
  return {
    ...conditions,
    ...(ids && { ids: await resolveIds(ids, "event", reader) }),
    ...(wholeId !== undefined && { objectId: wholeId }),
  };
}

function ambiguity(prefix: string, found: readonly string[]): string {
  const named = found.slice(0, NAMED_MAX).map(escapeInLine).join(", ");
  const more = found.length > NAMED_MAX ? " and more" : "";
  return `Several ids begin with ${
    escapeInLine(prefix)
  }: ${named}${more}. Give more characters`;
}
