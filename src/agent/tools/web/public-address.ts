import { BlockList, isIP } from "node:net";

/** Addresses that are not the public internet's (IANA's special-purpose registries, RFC 6890 and its successors). */
const special = new BlockList();
for (const [address, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(address, prefix, "ipv4");
}

/** What is public in IPv6; all that carries an IPv4 address inside, which may be any, is left out of it. */
const global = new BlockList();
global.addSubnet("2000::", 3, "ipv6");
const carrying = new BlockList();
for (const [address, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  carrying.addSubnet(address, prefix, "ipv6");
}

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, "ipv4");
    case 6:
      return global.check(address, "ipv6") && !carrying.check(address, "ipv6");
    default:
      return false;
  }
}
