import { expect, test } from 'vitest';
import { readRulesParams } from './rules-params.ts';

test('an address is read back to the list that it was made of', () => {
  const params = { q: '42', active: 'false', sort: 'gaps', up: true } as const;
  expect(readRulesParams(params)).toEqual(params);
  // As the address comes back: numbers and booleans where they look like it.
  expect(readRulesParams({ q: 42, active: false, sort: 'gaps', up: 'x' })).toEqual({
    q: '42',
    active: 'false',
    sort: 'gaps',
  });
});

test('what no list of rules knows is left out', () => {
  expect(readRulesParams({ q: '', active: 'maybe', sort: '__proto__', up: 0, other: 1 })).toEqual({});
});
