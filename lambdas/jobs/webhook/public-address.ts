import { BlockList, isIP } from 'node:net';
import { MillraceError } from '../../../lib/contract/index.ts';

/**
 * IPv4 that the public Internet does not route to (IANA, IPv4 Special-Purpose Address Registry), with AWS's metadata
 * service and the VPC resolver among the link-local ones.
 */
const NOT_PUBLIC_V4 = [
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
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** Within 2000::/3, the only IPv6 that is public at all: protocol assignments with Teredo, documentation, 6to4. */
const NOT_PUBLIC_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const refusedV4 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V4) refusedV4.addSubnet(net, prefix, 'ipv4');
const refusedV6 = new BlockList();
for (const [net, prefix] of NOT_PUBLIC_V6) refusedV6.addSubnet(net, prefix, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address is one of the public Internet. IPv4 dressed as IPv6 is not: nobody publishes such a URL. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refusedV4.check(address, 'ipv4');
    case 6:
      return globalV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The host of a URL is, or resolves to, an address that a customer must not make us call. */
export class AddressNotPublicError extends MillraceError {
  static override readonly errorName: string = 'AddressNotPublicError';
  override readonly code: string = 'ADDRESS_NOT_PUBLIC';

  constructor({ host, address }: { host: string; address: string }) {
    super({
      what: `The webhook's host '${host}' is not on the public Internet`,
      got: address,
      expected: 'a public address (loopback, private and link-local ones are refused)',
      fix: 'correct the URL; for local development set WEBHOOK_ALLOW_PRIVATE=true',
      context: { host, address },
    });
  }
}
