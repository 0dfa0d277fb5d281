// Acts that are recorded before they are done: what cannot be recorded is not done. One
// that fails has a second record, so that the trail tells of nothing that was not done.

import type { AuditEntry, Auditor } from "./audit.ts";

/** Options of {@linkcode audited}. */
export interface AuditedOptions<Result> {
  readonly audit: Auditor;
  readonly entry: AuditEntry;
  /** Returns whether a result means that it was done; any but false unless given. */
  readonly isDone?: (result: Result) => boolean;
}

/**
 * Records an act and does it, and records if it failed.
 *
 * @param act Does it.
 * @returns What it returns.
 * @throws {StoreError} If it cannot be recorded: then it is not done.
 */
export async function audited<Result>(
  act: () => Promise<Result>,
  { audit, entry, isDone = (result) => result !== false }: AuditedOptions<
    Result
  >,
): Promise<Result> {
  await audit(entry);
  let hasFailed = true;
  try {
    const result = await act();
    hasFailed = !isDone(result);
    return result;
  } finally {
    if (hasFailed) await recordFailure(audit, entry);
  }
}

/** Records that what was recorded before failed: none of it may be done, or a part. */
export async function recordFailure(
  audit: Auditor,
  { detail, ...entry }: AuditEntry,
): Promise<void> {
  const failure = detail === null ? "failed" : `failed: ${detail}`;
  try {
    await audit({ ...entry, detail: failure });
  } catch {
    // Who asked is told of the failure itself, which is likely to have the same cause.
  }
}
