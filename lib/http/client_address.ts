/**
 * Who sent a request, as far as it can be believed.
 *
 * @module
 */

/**
 * Finds the address of the client behind trusted proxies. Each proxy appends the
 * address it was called from to `x-forwarded-for`; what stands left of the trusted
 * ones anybody may have written.
 *
 * @param remoteAddress Who is connected to us.
 * @param forwardedFor The header `x-forwarded-for`.
 * @param proxies How many proxies in front may be believed.
 * @returns The address, not necessarily well formed.
 */
export function clientAddress(
  remoteAddress: string,
  forwardedFor: string | null,
  proxies: number,
): string {
  if (proxies === 0 || forwardedFor === null) return remoteAddress;
  const hop = forwardedFor.split(",").at(-proxies);
  return hop === undefined ? remoteAddress : withoutPort(hop.trim());
}

/** Some proxies append `192.0.2.1:1234` or `[2001:db8::1]:1234`, or put quotes. */
function withoutPort(hop: string): string {
  const address = hop.replace(/^"(.*)"$/, "$1");
  const [, ipv6, ipv4] =
    /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/i.exec(address) ?? [];
  return ipv6 ?? ipv4 ?? address;
}
