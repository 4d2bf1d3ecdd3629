import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEgressPolicy } from './egress-policy.ts';

const strict = createEgressPolicy([]);
const isAllowed = (address: string, policy = strict): boolean => policy.check(address).allowed;

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['::1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:7f00:1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  ['0:0:0:0:0:ffff:a9fe:a9fe', 'link-local'],
  ['169.254.169.254', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fd00:ec2::254', 'private'],
  ['10.1.2.3', 'private'],
  ['172.31.0.1', 'private'],
  ['192.168.0.1', 'private'],
  ['100.64.0.1', 'shared'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['224.0.0.1', 'multicast'],
  ['ff02::1', 'multicast'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'tunnel'],
  ['64:ff9b:1::7f00:1', 'local translation'],
  ['255.255.255.255', 'reserved'],
  ['localhost', 'no address'],
  ['', 'no address'],
])('%s is refused as %s', (address, reason) => {
  const verdict = strict.check(address);
  expect(verdict.allowed).toBe(false);
  if (!verdict.allowed) expect(verdict.reason).toContain(reason);
});

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '172.15.255.255',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '2002:808:808::',
])('%s is the public internet', (address) => {
  expect(isAllowed(address)).toBe(true);
});

test('an allowed network opens itself in every form, and nothing beside it', () => {
  const policy = createEgressPolicy(['10.1.0.0/16', '::1', '127.0.0.1/32']);
  expect(['10.1.9.9', '::ffff:10.1.9.9', '::1', '127.0.0.1'].map((address) => isAllowed(address, policy))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['10.2.0.1', '127.0.0.2', 'fd00::1'].map((address) => isAllowed(address, policy))).toEqual([
    false,
    false,
    false,
  ]);
});

test('a network that is none is refused with the value', () => {
  for (const cidr of ['10.0.0.0/33', '10.0.0/8', 'x', '::/129', '10.0.0.0/']) {
    expect(() => createEgressPolicy([cidr])).toThrow(`network is ${JSON.stringify(cidr)}`);
  }
});

test('an IPv4 address and its mapped form always get the same verdict', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const octets = address.split('.').map(Number);
      const hex = octets.map((octet) => octet.toString(16).padStart(2, '0'));
      const mapped = `::ffff:${hex[0]}${hex[1]}:${hex[2]}${hex[3]}`;
      expect(isAllowed(mapped)).toBe(isAllowed(address));
      expect(isAllowed(`::ffff:${address}`)).toBe(isAllowed(address));
    }),
    { numRuns: 300 },
  );
});
