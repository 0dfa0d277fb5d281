/** The user of this machine, as the audit trail names who used a command. */
export function localUser(): string {
  if (Deno.build.os === "windows") return "a local user";
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? `user ${Deno.uid()}` : "a local user";
}
