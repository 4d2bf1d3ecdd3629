import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ipVersion } from './ip-version.ts';

const group = fc.constantFrom('0', 'a', 'ffff', '12345', 'g', '', '1.2.3.4', '255.0.0.256', '01.2.3.4');
const nearAddress = fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':'));

test('an address is told from other text exactly as node tells it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearAddress, fc.string({ maxLength: 20 })), (text) => {
      expect(ipVersion(text)).toBe(isIP(text));
    }),
    { numRuns: 3_000 },
  );
});

test('an address with a zone is none, since it means something on one machine only', () => {
  expect(ipVersion('fe80::1%eth0')).toBe(0);
});
