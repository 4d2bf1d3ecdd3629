import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type EgressPolicy, EgressRefused } from '../../notify/egress-policy.ts';

/** How a name becomes addresses; the system's resolver unless a test says otherwise. */
export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void,
) => void;

/**
 * Lookups of the system under way at once. Each holds one of the four threads that the process also reads and writes
 * files with, for as long as a name server does not answer: half of them stay free.
 */
const LOOKUPS_MAX = 2;
const waiting: (() => void)[] = [];
let running = 0;

export const systemResolve: Resolve = (host, done) => {
  const start = (): void => {
    running += 1;
    dnsLookup(host, { all: true, verbatim: true }, (error, addresses) => {
      running -= 1;
      waiting.shift()?.();
      done(error, addresses ?? []);
    });
  };
  if (running < LOOKUPS_MAX) start();
  else waiting.push(start);
};

/**
 * A `lookup` for `net.connect` that answers only addresses which the policy allows, so the address that is connected to
 * is the one that was checked: a second answer of the name server cannot come between.
 */
export function guardedLookup(policy: EgressPolicy, resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, callback) => {
    resolve(host, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const wanted = addresses.filter(({ family }) => !options.family || options.family === family);
      const allowed = wanted.filter(({ address }) => policy.check(address).allowed);
      const [first] = allowed;
      if (first === undefined) {
        const [refused] = wanted;
        const verdict = refused === undefined ? null : policy.check(refused.address);
        const reason = verdict === null || verdict.allowed ? 'the name has no address' : verdict.reason;
        return callback(refused === undefined ? new Error(`${host}: ${reason}`) : new EgressRefused(host, reason), '');
      }
      if (options.all) return callback(null, [...allowed]);
      return callback(null, first.address, first.family);
    });
  };
}

/**
 * Checks a host that is an address already, for which no lookup is made; null for a name.
 *
 * Brackets of IPv6 are taken off.
 */
export function literalVerdict(policy: EgressPolicy, host: string): EgressRefused | null {
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0) return null;
  const verdict = policy.check(address);
  return verdict.allowed ? null : new EgressRefused(address, verdict.reason);
}
