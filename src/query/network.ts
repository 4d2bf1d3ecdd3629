import { ipVersion } from '../shared/ip-version.ts';

/**
 * Addresses from `first` to `last`, both inclusive, as 32 upper-case hex digits. An IPv4 address is its mapped IPv6
 * address (`::ffff:10.0.0.1`), so that both spellings of one address are one, and order of text is order of address.
 */
export type Network = { readonly first: string; readonly last: string };

const MAPPED_PREFIX = '00000000000000000000FFFF';
const ADDRESS_LENGTH_MAX = 45;

/** Null for what is no address; an address with a zone (`fe80::1%eth0`) means something on one machine only and is none. */
export function addressHex(text: string): string | null {
  if (text.length > ADDRESS_LENGTH_MAX) return null;
  const version = ipVersion(text);
  if (version === 0) return null;
  return version === 4 ? MAPPED_PREFIX + hexOfIpv4(text) : hexOfIpv6(text);
}

const hexOfIpv4 = (text: string): string => text.split('.').map(hexByte).join('');
const hexByte = (octet: string): string => Number(octet).toString(16).padStart(2, '0').toUpperCase();

function hexOfIpv6(text: string): string {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? '' : groupsOf(tail);
  return before + '0'.repeat(32 - before.length - after.length) + after;
}

const groupsOf = (text: string): string =>
  text === ''
    ? ''
    : text
        .split(':')
        .map((group) => (group.includes('.') ? hexOfIpv4(group) : group.padStart(4, '0').toUpperCase()))
        .join('');

/** `10.0.0.0/8`, `fe80::/10`, or one address. Bits behind the prefix are ignored. Null for anything else. */
export function networkOf(text: string): Network | null {
  const match = /^([0-9A-Fa-f:.]{2,45})(?:\/(\d{1,3}))?$/.exec(text.trim());
  const [, address = '', prefixText] = match ?? [];
  const hex = addressHex(address);
  if (hex === null) return null;
  const bits = ipVersion(address) === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return null;
  const free = BigInt(bits - prefix);
  const value = BigInt(`0x${hex}`);
  const first = (value >> free) << free;
  return { first: hex32(first), last: hex32(first | ((1n << free) - 1n)) };
}

const hex32 = (value: bigint): string => value.toString(16).padStart(32, '0').toUpperCase();

/** The same addresses in as few networks as possible, in order. */
export function mergeNetworks(networks: readonly Network[]): Network[] {
  const merged: Network[] = [];
  for (const next of [...networks].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || next.first > before.last) merged.push(next);
    else if (next.last > before.last) merged[merged.length - 1] = { first: before.first, last: next.last };
  }
  return merged;
}

/** Whether a text is an address of one of the networks; takes time with the logarithm of their number. */
export function networkTest(networks: readonly Network[]): (text: string) => boolean {
  const ordered = mergeNetworks(networks);
  return (text) => {
    const hex = addressHex(text);
    if (hex === null) return false;
    let [low, high] = [0, ordered.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ordered[middle]?.first ?? hex) <= hex) low = middle + 1;
      else high = middle;
    }
    const found = ordered[low - 1];
    return found !== undefined && hex <= found.last;
  };
}
