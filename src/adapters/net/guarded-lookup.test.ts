import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { createEgressPolicy, EgressRefused } from '../../notify/egress-policy.ts';
import { guardedLookup, literalVerdict, systemResolve } from './guarded-lookup.ts';

const strict = createEgressPolicy([]);

type Found = { readonly error: Error | null; readonly address: string | readonly LookupAddress[] };

const look = (addresses: readonly LookupAddress[], options: { all?: boolean; family?: number } = {}): Promise<Found> =>
  new Promise((resolve) => {
    const lookup = guardedLookup(strict, (_host, done) => done(null, addresses));
    lookup('name.example', options, (error, address) => resolve({ error, address }));
  });

const PUBLIC = { address: '1.1.1.1', family: 4 };
const LOOPBACK = { address: '127.0.0.1', family: 4 };
const MAPPED = { address: '::ffff:10.0.0.1', family: 6 };

test('of several addresses only the allowed ones are left', async () => {
  expect((await look([LOOPBACK, PUBLIC, MAPPED], { all: true })).address).toEqual([PUBLIC]);
  expect((await look([LOOPBACK, PUBLIC])).address).toBe('1.1.1.1');
});

test('a name without an allowed address is refused, one without any address is an error that may pass', async () => {
  const refused = await look([LOOPBACK, MAPPED], { all: true });
  expect(refused.error).toBeInstanceOf(EgressRefused);
  const none = await look([PUBLIC], { family: 6 });
  expect(none.error).not.toBeInstanceOf(EgressRefused);
  expect(none.error?.message).toContain('has no address');
});

test('an address in place of a name is checked without a lookup', () => {
  expect(literalVerdict(strict, '[::1]')?.message).toContain('loopback');
  expect(literalVerdict(strict, '1.1.1.1')).toBeNull();
  expect(literalVerdict(strict, 'localhost')).toBeNull();
});

test('more lookups than may run at once all come to an end', async () => {
  const found = await Promise.all(
    Array.from(
      { length: 10 },
      () => new Promise<number>((resolve) => systemResolve('localhost', (_e, all) => resolve(all.length))),
    ),
  );
  expect(found.every((count) => count > 0)).toBe(true);
});
