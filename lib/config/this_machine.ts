// Names and addresses of this machine, in URLs and of listeners.

import { addressCheck } from "./addresses.ts";

const isLoopbackAddress = addressCheck(["127.0.0.0/8", "::1"]);

/** Addresses by which a listener is reached at all of its machine's. */
const ANY: readonly string[] = ["0.0.0.0", "::"];

/** Returns whether the host of a URL is this machine, by whatever name. */
export function isThisMachine({ hostname }: Pick<URL, "hostname">): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, "");
  return host === "localhost" || host.endsWith(".localhost") ||
    ANY.includes(host) || isLoopbackAddress(host);
}

/**
 * Returns the host by which programs of this machine reach a listener.
 *
 * @param hostname The address that it listens on.
 * @param local The host if that is any address.
 */
export function hostOfListener(hostname: string, local = "127.0.0.1"): string {
  if (ANY.includes(hostname)) return local;
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
