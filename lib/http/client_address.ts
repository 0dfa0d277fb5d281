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
  const hops = forwardedFor.split(",").map((hop) => hop.trim());
  return hops.at(-proxies) ?? remoteAddress;
}
