import { BlockList, isIP } from "node:net";

/** A check of whether an address is in a list. */
export type AddressCheck = (address: string) => boolean;

/**
 * Makes a check of addresses and CIDR ranges.
 *
 * @param entries Such as `192.0.2.1`, `198.51.100.0/24` or `2001:db8::/32`.
 * @returns The check; IPv4 addresses written as IPv6 count as IPv4.
 * @throws {RangeError} When an entry is neither an address nor a range.
 */
export function addressCheck(entries: readonly string[]): AddressCheck {
  const list = new BlockList();
  for (const entry of entries) addEntry(list, entry);
  return (address) => {
    const plain = unmapped(address);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 6 ? "ipv6" : "ipv4");
  };
}

function addEntry(list: BlockList, entry: string): void {
  const [address = "", bits, ...rest] = entry.split("/");
  // A zone, as in fe80::1%eth0, says nothing about who sent a request.
  const version = address.includes("%") ? 0 : isIP(address);
  const bitsMax = version === 6 ? 128 : 32;
  const isRange = bits !== undefined;
  if (
    version === 0 || rest.length > 0 ||
    (isRange && (!/^\d{1,3}$/.test(bits) || Number(bits) > bitsMax))
  ) {
    throw new RangeError(`Not an address or CIDR range: ${entry}`);
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  if (isRange) list.addSubnet(address, Number(bits), family);
  else list.addAddress(address, family);
}

/** `::ffff:192.0.2.1`, as a listener for both versions sees IPv4. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
