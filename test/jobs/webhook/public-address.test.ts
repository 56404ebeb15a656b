import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../lambdas/jobs/webhook/public-address.ts';

describe('public addresses', () => {
  it.each([
    '8.8.8.8',
    '52.95.110.1',
    '172.32.0.1',
    '100.128.0.1',
    '2600:1f18::1',
    '2a00:1450:4001:80b::200e',
  ])('takes %s', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.255.255.254'],
    ['this host', '0.0.0.0'],
    ['the metadata service', '169.254.169.254'],
    ['the container credentials endpoint', '169.254.170.2'],
    ['private 10/8', '10.1.2.3'],
    ['private 172.16/12', '172.31.255.255'],
    ['private 192.168/16', '192.168.0.1'],
    ['carrier NAT', '100.64.0.1'],
    ['benchmarks', '198.19.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback of IPv6', '::1'],
    ['unspecified IPv6', '::'],
    ['IPv4 loopback as IPv6', '::ffff:127.0.0.1'],
    ['public IPv4 as IPv6', '::ffff:8.8.8.8'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['Teredo', '2001:0:1::1'],
    ['link-local IPv6', 'fe80::1'],
    ['unique local IPv6', 'fd00:ec2::254'],
    ['documentation', '2001:db8::1'],
    ['no address at all', 'localhost'],
  ])('refuses %s', (_what, address) => expect(isPublicAddress(address)).toBe(false));
});
