import { BlockList, isIP } from "node:net";

/** Addresses of IPv4 that are not of the public network: https://www.iana.org/assignments/iana-ipv4-special-registry */
const private4: readonly (readonly [network: string, bits: number])[] = [
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
  // Multicast, and what is kept for later.
  ["224.0.0.0", 3],
];

/** Those within the public part of IPv6 that are not, or that hold an address of IPv4. */
const private6: readonly (readonly [network: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const notPublic = new BlockList();
for (const [network, bits] of private4) notPublic.addSubnet(network, bits, "ipv4");
for (const [network, bits] of private6) notPublic.addSubnet(network, bits, "ipv6");

/** Everything else of IPv6 is local, mapped, translated, multicast or not given to anybody. */
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public network, in the form in which the platform tells it. Anything else is none. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic.check(address, "ipv4");
    case 6:
      return !address.includes("%") && global6.check(address, "ipv6") && !notPublic.check(address, "ipv6");
    default:
      return false;
  }
}
