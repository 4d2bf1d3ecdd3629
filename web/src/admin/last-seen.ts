import { addressHex, networkOf } from '../../../src/query/network.ts';
import type { Heard } from './use-heard.ts';

/** When the newest event of any of the hosts came: addresses, networks or names. Null when none was heard. */
export function lastSeenOf(
  hosts: readonly string[],
  byAddress: ReadonlyMap<string, Heard>,
  byName: ReadonlyMap<string, Heard>,
): number | null {
  const names = new Set(hosts.map((host) => host.toLowerCase()));
  const networks = hosts.map(networkOf).filter((network) => network !== null);
  const isWithin = (address: string): boolean => {
    const hex = addressHex(address);
    return hex !== null && networks.some(({ first, last }) => first <= hex && hex <= last);
  };
  const times = [
    ...[...byAddress].filter(([address]) => isWithin(address)),
    ...[...byName].filter(([name]) => names.has(name.toLowerCase())),
  ].flatMap(([, { lastMs }]) => (lastMs === null ? [] : [lastMs]));
  return times.reduce<number | null>((newest, at) => (newest === null || at > newest ? at : newest), null);
}
