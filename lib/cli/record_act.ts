import { systemClock } from "../clock.ts";
import type { AuditEntry } from "../store/audit.ts";
import { openAudit } from "../store/open_store.ts";

/**
 * Records what the user of a command is about to do, in the audit trail of a store.
 *
 * @throws {StoreError} If it cannot be recorded: then it must not be done.
 */
export async function recordAct(
  storeUrl: string,
  { act, subject = null, detail = null }:
    & Pick<AuditEntry, "act">
    & Partial<Pick<AuditEntry, "subject" | "detail">>,
): Promise<void> {
  const entry = { act, by: localUser(), subject, detail };
  await openAudit(storeUrl).append(entry, systemClock.nowMs());
}

/** The user of this machine, as the audit trail names who used a command. */
export function localUser(): string {
  if (Deno.build.os === "windows") return "a local user";
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? `user ${Deno.uid()}` : "a local user";
}
