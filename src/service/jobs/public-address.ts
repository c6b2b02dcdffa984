import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Resolves a host to all of its addresses. */
export type ResolveHost = (host: string) => Promise<readonly LookupAddress[]>;

/** IPv4 ranges that are not the public internet: IANA's special-purpose registry (RFC 6890 and what came after), and multicast. */
const RESERVED_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Within 2000::/3, where public IPv6 is: protocol assignments with Teredo, documentation, and 6to4, which leads to any IPv4. */
const RESERVED_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const reserved = new BlockList();
for (const [net, prefix] of RESERVED_IPV4) reserved.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of RESERVED_IPV6) reserved.addSubnet(net, prefix, 'ipv6');
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is one of the public internet; IPv4 wrapped in IPv6, link-local and private ranges are not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !reserved.check(address, 'ipv4');
  return family === 6 && globalIpv6.check(address, 'ipv6') && !reserved.check(address, 'ipv6');
}

/** Says that a host leads to addresses that are not public. */
export class InternalAddressError extends Error {}

/**
 * A `lookup` for connections that leads to public addresses only: the connection is made to the very address that was checked, so that
 * a name which answers differently the second time changes nothing.
 */
export function publicLookup(resolve: ResolveHost = (host) => systemLookup(host, { all: true, verbatim: true })): LookupFunction {
  return (host, options, done) => {
    const fail = (error: Error) => (options.all ? done(error, []) : done(error, '', 4));
    resolve(host).then(
      (found) => {
        const [first] = found;
        // One internal address among public ones is a trick, or a network that we don't know: neither is to be reached.
        if (!first || !found.every(({ address }) => isPublicAddress(address))) fail(new InternalAddressError());
        else if (options.all) done(null, [...found]);
        else done(null, first.address, first.family);
      },
      (error: Error) => fail(error),
    );
  };
}
