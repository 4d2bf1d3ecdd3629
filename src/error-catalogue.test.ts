import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_CODES, errorsPage } from './error-catalogue.ts';

const CODE = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;
/** Names of others (environment, HTTP library, sockets) those that a status makes, and a permission of the vendor. */
const FOREIGN = /^(TOCSIN|HPE|FST|ERR|SQLITE|HTTP|ECONN)_|^CREATE_EDIT$/;

function codesInSources(): Set<string> {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const codes = new Set<string>();
  for (const file of files.filter((name) => /\.ts$/.test(name) && !/test\.ts$|contract|error-catalogue/.test(name))) {
    for (const match of readFileSync(`src/${file}`, 'utf8').matchAll(CODE)) codes.add(match[1] ?? '');
  }
  return new Set([...codes].filter((code) => !FOREIGN.test(code)));
}

test('the catalogue holds every code of the sources and no other', () => {
  const single = ['STOPPING', 'USAGE'];
  expect([...codesInSources(), ...single].sort()).toEqual(Object.keys(ERROR_CODES).sort());
});

test('a refusal of the node is told in the order, a missing token by 401', () => {
  expect(errorsPage()).toContain('| `INCIDENT_NOT_FOUND` | refused | 200, in the order |');
  expect(errorsPage()).toContain('| `TOKEN_MISSING` | unauthenticated | 401 |');
});
