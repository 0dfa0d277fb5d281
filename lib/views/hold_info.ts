// What is shown of holds, by the API and the commands.

import type { Hold, HoldReader } from "../store/holds.ts";
import { counted } from "./counted.ts";

/** The target of a hold or a release: an object, by its id, or all that names a reference. */
export interface HeldTarget {
  readonly kind: Hold["kind"];
  readonly value: string;
}

/** Options of a hold. */
export interface HoldOptions {
  readonly reason: string;
  /** When it ends by itself; null if never. */
  readonly untilMs: number | null;
  /** The user who holds it. */
  readonly by: string;
}

/** A hold. Times are ISO 8601. */
export interface HoldInfo {
  readonly kind: Hold["kind"];
  /** The object's id; of a reference, its keyed hash. */
  readonly id: string;
  readonly reason: string;
  /** The name of a token, or a user of this machine. */
  readonly by: string;
  readonly since: string;
  /** When it ends by itself; null if never. */
  readonly until: string | null;
}

/** A hold that was made. */
export interface HoldResult {
  readonly hold: HoldInfo;
  /** The number of objects with a payload that it holds now. */
  readonly objects: number;
  /** The hold that it took the place of. */
  readonly replaced: HoldInfo | null;
}

/** A hold that was ended. */
export interface ReleaseResult {
  readonly hold: HoldInfo;
  /** Events that were erased then, as Persona had redacted their objects meanwhile. */
  readonly erasedEvents: number;
}

/** Converts a hold. */
export function holdInfo(hold: Hold): HoldInfo {
  const { kind, token, ofToken, reason, byWhom, atMs, untilMs } = hold;
  return {
    kind,
    id: ofToken ?? token,
    reason,
    by: byWhom,
    since: new Date(atMs).toISOString(),
    until: untilMs === null ? null : new Date(untilMs).toISOString(),
  };
}

/**
 * Lists all holds, latest first.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function listedHolds(
  reader: HoldReader,
  nowMs: number,
): Promise<HoldInfo[]> {
  const holds = await reader.holds(nowMs);
  return holds.filter(({ ofToken }) => ofToken === null).map(holdInfo);
}

/**
 * Reads what holds an object.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function holdsOf(
  objectId: string | null,
  { reader, nowMs }: { reader: HoldReader; nowMs: number },
): Promise<HoldInfo[]> {
  if (objectId === null) return [];
  const held = await reader.heldOf({ objectIds: [objectId], nowMs });
  return (held.get(objectId) ?? []).map(holdInfo);
}

/** As in `on hold until 2031-11-26T00:00:00.000Z by alice: reason`. */
export function holdText({ by, reason, until }: HoldInfo): string {
  return `on hold ${
    until === null ? "until released" : `until ${until}`
  } by ${by}: ${reason}`;
}

/** Says what a hold holds. */
export function heldText({ hold, objects, replaced }: HoldResult): string {
  const name = hold.kind === "object" ? hold.id : "That reference";
  const end = hold.until === null ? "until released" : `until ${hold.until}`;
  const extent = objects === 0
    ? "no payload of it is stored"
    : `${counted(objects, "object")} stored of it`;
  const before = replaced
    ? `. It replaces the hold by ${replaced.by}: ${replaced.reason}`
    : "";
  return `${name} is on hold ${end}, ${extent}${before}`;
}

/** Says what is no longer on hold. */
export function releasedText({ hold, erasedEvents }: ReleaseResult): string {
  const name = hold.kind === "object" ? hold.id : "That reference";
  const erased = erasedEvents === 0
    ? ""
    : `. Erased ${
      counted(erasedEvents, "event")
    }, as Persona has redacted what they are about`;
  return `${name} is released${erased}`;
}
