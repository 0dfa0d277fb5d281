// The details of audit records of erasures: the same words for those who write them and
// for whoever looks for the latest erasure.

import type { AuditRecord } from "../store/audit.ts";
import { counted } from "../views/counted.ts";

/** The detail of an erasure of what is stored of objects. */
export function erasedOf(events: number, objects: string): string {
  return `${counted(events, "event")} of ${objects}`;
}

/** The detail of an erasure by a rule of retention. */
export function erasedBy(events: number, rule: string): string {
  return `${counted(events, "event")} by ${rule}`;
}

const ERASED = /^\d+ events? (?:of|by) /;

/** Returns whether a record is of an erasure that was not refused. */
export function isOfErasure({ act, detail }: AuditRecord): boolean {
  return act === "erase" && ERASED.test(detail ?? "");
}
