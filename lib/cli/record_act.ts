import { systemClock } from "../clock.ts";
import type { AuditEntry, Auditor } from "../store/audit.ts";
import { audited, type AuditedOptions } from "../store/audited.ts";
import { openAudit } from "../store/open_store.ts";

/** What is done, and what it is about. */
type Act =
  & Pick<AuditEntry, "act">
  & Partial<Pick<AuditEntry, "subject" | "detail">>;

/**
 * Records what the user of a command is about to do, in the audit trail of a store.
 *
 * @throws {StoreError} If it cannot be recorded: then it must not be done.
 */
export async function recordAct(
  storeUrl: string,
  { act, subject = null, detail = null }: Act,
): Promise<void> {
  const entry = { act, by: localUser(), subject, detail };
  await auditorOf(storeUrl)(entry);
}

/**
 * Records what the user of a command does, does it, and records if it failed.
 *
 * @param act Does it.
 * @returns What it returns.
 * @throws {StoreError} If it cannot be recorded: then it is not done.
 */
export function recordedAct<Result>(
  act: () => Promise<Result>,
  { storeUrl, isDone, ...entry }:
    & { readonly storeUrl: string }
    & Act
    & Pick<AuditedOptions<Result>, "isDone">,
): Promise<Result> {
  return audited(act, {
    audit: auditorOf(storeUrl),
    entry: { by: localUser(), subject: null, detail: null, ...entry },
    ...(isDone && { isDone }),
  });
}

function auditorOf(storeUrl: string): Auditor {
  return (entry) => openAudit(storeUrl).append(entry, systemClock.nowMs());
}

/** The user of this machine, as the audit trail names who used a command. */
export function localUser(): string {
  if (Deno.build.os === "windows") return "a local user";
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? `user ${Deno.uid()}` : "a local user";
}
