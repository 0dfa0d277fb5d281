// Due times that tolerate a wrong clock. They are stored as points in time: one stored
// while the clock was ahead, or before it was set back, would hold up its lane for as
// long as the clock was off.

import type { PendingDispatch } from "../store/outbox.ts";
import { JITTER, RETRY_DELAYS_MS } from "./retry_schedule.ts";

/** The longest wait of the schedule. */
const WAIT_MS_MAX = Math.max(...RETRY_DELAYS_MS) * (1 + JITTER);

/** The longest wait before any failure has counted. */
const FIRST_WAIT_MS_MAX = Math.min(...RETRY_DELAYS_MS) * (1 + JITTER);

/**
 * Limits the wait of a dispatch to the wait that was planned, and never more than the
 * longest one of the schedule.
 *
 * @param nowMs The present, in milliseconds since the Unix epoch.
 * @returns The same dispatch if it is due in time, else a copy that is.
 */
export function limitWait(
  dispatch: PendingDispatch,
  nowMs: number,
): PendingDispatch {
  const { dueAtMs, plannedAtMs, failures } = dispatch;
  if (dueAtMs <= nowMs) return dispatch;
  const waitMsMax = failures === 0 ? FIRST_WAIT_MS_MAX : WAIT_MS_MAX;
  const plannedMs = dueAtMs - plannedAtMs;
  const waitMs = plannedMs < 0 ? waitMsMax : Math.min(plannedMs, waitMsMax);
  if (dueAtMs <= nowMs + waitMs) return dispatch;
  return { ...dispatch, dueAtMs: nowMs + waitMs, plannedAtMs: nowMs };
}
