import type { AttemptResult } from "../lines/event_lines.ts";
import type { AttemptRow, EventReader } from "../store/event_reader.ts";

/**
 * Finds out what an attempt means. What the store says of its dispatch belongs to the
 * last attempt: one before it just failed.
 */
export async function attemptResult(
  reader: EventReader,
  row: AttemptRow,
): Promise<AttemptResult> {
  const { outcome: reason, status, startedAtMs, durationMs } = row;
  if (reason === "ok") return { status: "done", stale: false };
  if (reason === "ignored") return { status: "ignored" };
  const stored = await reader.get(row.eventId);
  const dispatch = stored?.dispatches.find(({ destination }) =>
    destination === row.destination
  );
  const isLast = dispatch?.attempts.at(-1)?.number === row.number;
  if (isLast && status === "dead") return { status, reason };
  const dueAtMs = isLast ? dispatch.dueAtMs : null;
  return {
    status: "pending",
    reason,
    retryInSeconds: dueAtMs === null
      ? null
      : Math.max(0, Math.round((dueAtMs - startedAtMs - durationMs) / 1_000)),
  };
}
