/**
 * Returns the address of the client. Each proxy appends the address it was called from to
 * `x-forwarded-for`; anything left of the trusted entries may be forged.
 *
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

/** Some proxies append `192.0.2.1:1234` or `[2001:db8::1]:1234`, or add quotes. */
function withoutPort(hop: string): string {
  const address = hop.replace(/^"(.*)"$/, "$1");
  const [, ipv6, ipv4] =
    /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/i.exec(address) ?? [];
  return ipv6 ?? ipv4 ?? address;
}
