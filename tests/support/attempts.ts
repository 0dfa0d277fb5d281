import type { AttemptRecord, DispatchKey } from "../../lib/store/outbox.ts";

/** An attempt that went well, changed where it matters. */
export function attempt(
  { seq, destination }: DispatchKey,
  changes: Partial<AttemptRecord> = {},
): AttemptRecord {
  return {
    seq,
    destination,
    objectId: null,
    orderMs: 0,
    replays: 0,
    number: 1,
    startedAtMs: 1_750_000_001_000,
    durationMs: 12,
    outcome: "ok",
    code: 200,
    output: "",
    status: "done",
    dueAtMs: 0,
    failures: 0,
    ...changes,
  };
}
