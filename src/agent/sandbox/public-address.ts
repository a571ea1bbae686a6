import { BlockList, isIPv4, isIPv6 } from "node:net";

/** What is not the public internet, by the IANA special-purpose address registries (RFC 6890 and later). */
const NOT_PUBLIC: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  // Among them 169.254.169.254, where clouds hand out credentials.
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.31.196.0", 24, "ipv4"],
  ["192.52.193.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["192.175.48.0", 24, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  // The metadata services of Alibaba and Azure stand among public addresses.
  ["100.100.100.200", 32, "ipv4"],
  ["168.63.129.16", 32, "ipv4"],
  // Of IPv6 only what is given out as public is (2000::/3), less what stands for something else.
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["3fff::", 20, "ipv6"],
];

const list = new BlockList();
for (const [net, prefix, family] of NOT_PUBLIC) list.addSubnet(net, prefix, family);
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet: no private, local, special or metadata one. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !list.check(address, "ipv4");
  return (
    isIPv6(address) && !address.includes("%") && given.check(address, "ipv6") && !list.check(address, "ipv6")
  );
}
