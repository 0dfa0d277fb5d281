import type { AuditEntry } from "../store/audit.ts";
import type { ReplayRequest } from "../store/event_filter.ts";
import { writeConditions } from "../store/read_conditions.ts";

/** The record of a replay in the audit trail. */
export function replayEntry(
  { isDead, isAgain, destination, ids = [], ...rest }: ReplayRequest,
): Omit<AuditEntry, "by"> {
  const [only = null] = ids.length === 1 ? ids : [];
  const conditions = {
    ...writeConditions(rest),
    ...(ids.length > 1 && { ids: ids.length }),
    ...(isDead && { dead: true }),
    ...(isAgain && { again: true }),
    ...(destination !== undefined && { destination }),
  };
  const hasDetail = Object.keys(conditions).length > 0;
  const detail = hasDetail ? JSON.stringify(conditions) : null;
  return { act: "replay", subject: only, detail };
}
