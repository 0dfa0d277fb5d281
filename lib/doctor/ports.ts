// The check of the ports, while no server of ours listens.

import type { Config } from "../config/settings.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

/** Listens for a moment; throws as `Deno.listen` does. */
export type TryListen = (
  address: { hostname: string; port: number },
) => void;

const tryListen: TryListen = (address) => Deno.listen(address).close();

/** Tries both ports. */
export function checkPorts(
  { hostname, port, adminHostname, adminPort, isAdminPortChosen }: Config,
  listen: TryListen = tryListen,
): readonly Finding[] {
  const findings = [
    checkPort("public port", { hostname, port }, (summary) =>
      failed(
        "public port",
        summary,
        "End the other program, or choose another with PORT or HOST",
      )),
  ];
  if (adminPort === null) return findings;
  const address = { hostname: adminHostname, port: adminPort };
  // A default port in use keeps no server from starting.
  const note = isAdminPortChosen ? failed : warning;
  findings.push(
    checkPort("local port", address, (summary) =>
      note(
        "local port",
        summary,
        "End the other program, or choose another with INBOX_ADMIN_PORT",
      )),
  );
  return findings;

  function checkPort(
    name: string,
    address: { hostname: string; port: number },
    fault: (summary: string) => Finding,
  ): Finding {
    if (address.port === 0) return ok(name, "any free one");
    const where = `${address.hostname}:${address.port}`;
    try {
      listen(address);
      return ok(name, `${where} is free`);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      const isTaken = error instanceof Deno.errors.AddrInUse;
      const why = isTaken
        ? "is in use by another program"
        : "cannot be listened on by this user of this machine";
      return fault(`${where} ${why}`);
    }
  }
}
