import { isIP } from 'node:net';

export type EgressVerdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Which addresses notifications may reach. Asked about addresses, never about names: a name can change its mind. */
export interface EgressPolicy {
  check(address: string): EgressVerdict;
}

type Network = { readonly bits: bigint; readonly length: number; readonly reason: string };

/**
 * Networks that are not the public internet. Source: IANA special-purpose address registries (RFC 6890 and its
 * successors), and the metadata addresses of clouds, which lie in them.
 */
const REFUSED: readonly (readonly [string, string])[] = [
  ['0.0.0.0/8', 'an unspecified address'],
  ['10.0.0.0/8', 'a private address'],
  ['100.64.0.0/10', 'a shared provider address'],
  ['127.0.0.0/8', 'a loopback address'],
  ['169.254.0.0/16', 'a link-local address'],
  ['172.16.0.0/12', 'a private address'],
  ['192.0.0.0/24', 'a reserved address'],
  ['192.0.2.0/24', 'a documentation address'],
  ['192.168.0.0/16', 'a private address'],
  ['198.18.0.0/15', 'a benchmark address'],
  ['198.51.100.0/24', 'a documentation address'],
  ['203.0.113.0/24', 'a documentation address'],
  ['224.0.0.0/4', 'a multicast address'],
  ['240.0.0.0/4', 'a reserved address'],
  ['::/128', 'an unspecified address'],
  ['::1/128', 'a loopback address'],
  ['64:ff9b:1::/48', 'a local translation address'],
  ['100::/64', 'a discard address'],
  ['2001::/32', 'a tunnel address'],
  ['2001:db8::/32', 'a documentation address'],
  ['fc00::/7', 'a private address'],
  ['fe80::/10', 'a link-local address'],
  ['fec0::/10', 'a site-local address'],
  ['ff00::/8', 'a multicast address'],
];

const V4_MAPPED = 0xffffn << 32n;

/** An IPv4 address as the IPv6 one that carries it, so that one comparison serves both. Undefined for other text. */
function bitsOf(address: string): bigint | undefined {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return V4_MAPPED | v4Bits(plain);
  if (family !== 6) return undefined;
  const lastColon = plain.lastIndexOf(':');
  const tail = plain.slice(lastColon + 1);
  let text = plain;
  if (tail.includes('.')) {
    const v4 = v4Bits(tail);
    text = `${plain.slice(0, lastColon + 1)}${(v4 >> 16n).toString(16)}:${(v4 & 0xffffn).toString(16)}`;
  }
  const [head = '', rest] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const first = groups(head);
  const second = rest === undefined ? [] : groups(rest);
  const zeros = Array.from({ length: 8 - first.length - second.length }, () => '0');
  return [...first, ...zeros, ...second].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

const v4Bits = (address: string): bigint =>
  address.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(Number(octet)), 0n);

/** @throws Error when the text is no network, such as `10.0.0.0/8` or one address */
function networkOf(cidr: string, reason: string): Network {
  const [address = '', prefix] = cidr.split('/');
  const bits = bitsOf(address);
  const isV4 = isIP(address) === 4;
  const max = isV4 ? 32 : 128;
  const length = prefix === undefined ? max : Number(prefix);
  if (bits === undefined || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || length > max) {
    throw new Error(`network is ${JSON.stringify(cidr)}, expected one such as 10.0.0.0/8`);
  }
  return { bits, length: isV4 ? length + 96 : length, reason };
}

const holds = (network: Network, bits: bigint): boolean => {
  const shift = BigInt(128 - network.length);
  return bits >> shift === network.bits >> shift;
};

const REFUSED_NETWORKS = REFUSED.map(([cidr, reason]) => networkOf(cidr, reason));

/**
 * The IPv4 address inside an IPv6 one that a gateway or the host itself would unpack: mapped (::ffff:0:0/96), compatible
 * (::/96), NAT64 (64:ff9b::/96), 6to4 (2002::/16). A policy that looked at the outer form only could be walked around.
 */
function carried(bits: bigint): bigint | undefined {
  const high = bits >> 32n;
  if (high === 0n && bits > 1n) return V4_MAPPED | bits;
  if (high === 0x64ff9bn << 64n) return V4_MAPPED | (bits & 0xffffffffn);
  if (bits >> 112n === 0x2002n) return V4_MAPPED | ((bits >> 80n) & 0xffffffffn);
  return undefined;
}

/**
 * Refuses loopback, link-local (metadata services), private, unspecified, multicast and reserved addresses, in every
 * form, unless they lie in one of the `allow` networks.
 *
 * @throws Error when an entry of `allow` is no network
 */
export function createEgressPolicy(allow: readonly string[]): EgressPolicy {
  const allowed = allow.map((cidr) => networkOf(cidr, 'allowed'));
  return {
    check(address) {
      const bits = bitsOf(address);
      if (bits === undefined) return { allowed: false, reason: `${address} is no address` };
      for (const form of [bits, carried(bits)]) {
        if (form === undefined) continue;
        if (allowed.some((network) => holds(network, form))) return { allowed: true };
        const refused = REFUSED_NETWORKS.find((network) => holds(network, form));
        if (refused !== undefined) {
          return { allowed: false, reason: `${address} is ${refused.reason}; egress.allow does not name it` };
        }
      }
      return { allowed: true };
    },
  };
}

/** Lets everything through: for a host that the administrator named. */
export const openEgress: EgressPolicy = { check: () => ({ allowed: true }) };

/** A connection that the policy refused; a repetition would not help. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
  constructor(host: string, reason: string) {
    super(`egress to ${host} refused: ${reason}`);
  }
}
