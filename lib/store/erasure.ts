/**
 * Erasure of payloads, part of the contract of every store: see `store.ts`.
 *
 * - **For good.** Bodies, answers of destinations and links are gone from all files of
 *   the store. What stays is a tombstone: ids, names, times, statuses, and a keyed hash
 *   of the body, so that a duplicate stays a duplicate.
 * - **Finished.** What was begun is finished by the next start, whatever happened.
 * - **Never of what is on hold**: see `holds.ts`.
 * - **Over late ones, too.** An event of an erased object that was created before the
 *   erasure and arrives after it is a tombstone from the beginning, and its dispatches
 *   are erased: nothing older is handed on. What is on hold by then, or kept by a rule,
 *   stays. What was created later is kept as ever, and
 *   so is what tells of a redaction: Persona has removed what was in it. An erasure of a
 *   time to come was made by a clock that was ahead: nothing is lost by that.
 * - **Remembered.** A log beside the store keeps what was erased: a restored backup
 *   erases that again before anything of it can be read. The store knows its log, so that
 *   one that is lost or another is told, never begun anew unasked.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { PROGRAM_NAME } from "../program_name.ts";
import type { StoreFault } from "./store_fault.ts";

/** The extent of an erasure. */
export interface Erasure {
  readonly objectIds: readonly string[];
  /** Events that are erased alone, whatever their object. */
  readonly eventIds: readonly string[];
  /**
   * Events of the objects that arrived later stay, unless they are older; so do those that
   * tell of a redaction, unless they are named.
   */
  readonly throughSeq: number;
  /** Events of the objects that were created up to then are erased, whenever they arrive. */
  readonly beforeMs: number;
  readonly erasedAtMs: number;
  /** All links of the objects, under each key of holds; only these are removed. */
  readonly links: readonly (readonly [token: string, objectId: string])[];
  /**
   * Records what is about to be erased, while nobody else erases; not called if all of it
   * is erased already, as by another server. If it rejects, nothing is erased.
   *
   * @param number The number of entries that the log of erasures has with this one.
   */
  readonly record?: (number: number) => Promise<void>;
}

/**
 * The result of an erasure: `held` if any of the objects, or of their links, is on hold:
 * then nothing is erased. After `failed` a part may be, and the next start goes on with it.
 */
export type EraseOutcome = "erased" | "held" | "failed";

/** The erasure of one object, or one event, as it is remembered beside the store. */
export interface ErasedObject {
  /** A keyed hash of the id of the object or event. */
  readonly object: string;
  /** Present for an event. */
  readonly isEvent?: true;
  readonly throughSeq: number;
  /** Absent in what an older version wrote: the time of the erasure then. */
  readonly beforeMs?: number;
  readonly erasedAtMs: number;
  /**
   * Present for events that were erased as their time was over, whatever their object:
   * ranges of their `seq`, both ends included. All else means nothing then.
   */
  readonly ranges?: readonly (readonly [first: number, last: number])[];
}

/** An erasure to be remembered: its ids are hashed on the way. */
export type ErasedId = Omit<ErasedObject, "object"> & { readonly id: string };

/** Returns what is remembered of an erasure. */
export function erasedIdsOf(
  { objectIds, eventIds, throughSeq, beforeMs, erasedAtMs }: Erasure,
): ErasedId[] {
  const when = { throughSeq, beforeMs, erasedAtMs };
  return [
    ...objectIds.map((id) => ({ id, ...when })),
    ...eventIds.map((id) => ({ id, isEvent: true, ...when } as const)),
  ];
}

/**
 * Returns what is remembered of events, by their `seq`.
 *
 * @param seqs In ascending order.
 */
export function erasedEventsOf(
  seqs: readonly number[],
  erasedAtMs: number,
): ErasedId {
  const ranges: [number, number][] = [];
  for (const seq of seqs) {
    const last = ranges.at(-1);
    if (last && seq === last[1] + 1) last[1] = seq;
    else ranges.push([seq, seq]);
  }
  return { id: "", throughSeq: 0, beforeMs: 0, erasedAtMs, ranges };
}

/**
 * The most that two clocks are apart, in milliseconds, where anything is received at all:
 * as long as a signature is valid by default.
 */
export const APART_MS_MAX = 300_000;

/** Returns whether an event is kept although its object is erased. */
export function outlivesErasure(name: string): boolean {
  return name.endsWith(".redacted");
}

/** Returns what stays of a body, for a secret of the store. */
export function bodyMac(
  key: Uint8Array,
  body: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const hmac = createHmac("sha256", key).update("body\0").update(body);
  return new Uint8Array(hmac.digest());
}

/** The part of a log of erasures that a store has carried out. */
export interface ErasureProgress {
  /** The id of the log; null if it has carried out none, or an older version did. */
  readonly logId: string | null;
  /** The number of entries. */
  readonly position: number;
}

/** Reads the columns `position` and `log_id` of the table of erasures. */
export function erasureProgressOf(
  { position, log_id: logId }: Readonly<Record<string, unknown>>,
): ErasureProgress {
  return { position: Number(position), logId: logId ? String(logId) : null };
}

/** The log of erasures as it is found. */
export interface FoundLog {
  /** Its place, for people. */
  readonly name: string;
  /** Null if there is no log. */
  readonly id: string | null;
  /** The number of entries. */
  readonly length: number;
}

/** All of a log, to copy it: its hashes mean the same under its key. */
export interface WholeLog {
  readonly key: string;
  readonly entries: readonly ErasedObject[];
}

/** A log of erasures, to be copied with its store. Its methods reject with an `Error`. */
export interface CopiedLog {
  find(): Promise<FoundLog>;
  /** Reads all of it; null if there is none. */
  whole(): Promise<WholeLog | null>;
  /** Replaces what is there. */
  replace(log: WholeLog): Promise<void>;
  close(): Promise<void>;
}

/** Returns what is wrong with the log of a store: it may lack what was erased. */
export function findLogFault(
  { logId, position }: ErasureProgress,
  { name, id, length }: FoundLog,
): StoreFault | null {
  const hint =
    `Put the newest copy of it back. If there is none, ${PROGRAM_NAME} erase --rebuild-log rebuilds it from what the store knows: what was erased since the backup of a restored store is then there again`;
  if (position === 0) return null;
  if (id === null) {
    return {
      message: `the log of its erasures is missing: ${name} had ${position}`,
      hint,
    };
  }
  if (logId !== null && id !== logId) {
    return {
      message: `${name} is the log of erasures of another store`,
      hint: `Move it away. ${hint}`,
    };
  }
  if (length >= position) return null;
  return {
    message:
      `the log of its erasures was cut: ${name} has ${length} of ${position}`,
    hint,
  };
}
