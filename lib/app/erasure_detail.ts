// The details of audit records of erasures: the same words for those who write them and
// for whoever looks for the latest erasure.

import type { AuditRecord } from "../store/audit.ts";
import { counted } from "../views/counted.ts";

/** The detail of a rebuilt log of erasures. */
export const REBUILT = "the log of erasures is rebuilt";

/** The detail of an erasure of what is stored of objects. */
export function erasedOf(events: number, objects: string): string {
  return `${counted(events, "event")} of ${objects}`;
}

/** The detail of an erasure by a rule of retention. */
export function erasedBy(events: number, rule: string): string {
  return `${counted(events, "event")} by ${rule}`;
}

/**
 * Adds the number of an erasure: the log of erasures has as many entries after it, or more.
 * What was recorded and, as the process was killed, not begun has the number of the next.
 */
export function numbered(detail: string, number: number): string {
  return `erasure ${number}: ${detail}`;
}

/** An erasure that was recorded. */
export interface RecordedErasure {
  /** ISO 8601. */
  readonly at: string;
  /** Undefined for those of older versions. */
  readonly number: number | undefined;
}

const ERASED = /^(?:erasure (\d+): )?\d+ events? (?:of|by) /;

/** Reads what an audit trail has of an erasure; undefined if it was refused, or is none. */
export function readErasure(
  { act, at, detail }: AuditRecord,
): RecordedErasure | undefined {
  const match = act === "erase" && ERASED.exec(detail ?? "");
  if (!match) return undefined;
  const number = match[1] === undefined ? undefined : Number(match[1]);
  return { at, number };
}
