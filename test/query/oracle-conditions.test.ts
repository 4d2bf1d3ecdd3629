import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEventStore } from '../../src/adapters/chdb/chdb-event-store.ts';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { compileSearch } from '../../src/query/compile-search.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { networkOf } from '../../src/query/network.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Condition, FieldRef, Plan } from '../../src/query/plan.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { TEXT_RELATIONS } from '../../src/query/text-test.ts';

// Conditions that no query can write but rules can: in memory and in the store they hold for the same events.

const LOGPOINT = 'c0ffee00c0ffee00c0ffee00c0ffee01';
const FROM_MS = Date.UTC(2026, 0, 1);
const VALUES = [
  '',
  'bob',
  'Bob',
  'BOB',
  'bobby',
  'ΟΔΟΣ',
  'οδος',
  'οδοσ',
  'İstanbul',
  'istanbul',
  'Kelvin',
  'kelvin',
  'a\nb',
  'a.b',
  'C:\\Windows\\x.exe',
  'c:\\windows\\X.EXE',
  '{"user":"bob"}',
  '10.0.0.1',
  '10.255.255.255',
  '11.0.0.0',
  '::1',
  '::',
  '0.0.0.0',
  '::ffff:10.0.0.1',
  '::ffff:010.0.0.1',
  'fe80::1',
  'FE80::A',
  'fe80::1%eth0',
  '01.2.3.4',
  '1.2.3.04',
  '10.0.0.1 ',
  '1:2:3:4:5:6:1.2.3.4',
  '2001:db8::1',
  '2001:db8:0:0:0:0:0:2',
  '10.0.0',
  '10.0.0.1.1',
  '😀 grin',
  '? grin',
  'x😀',
]; // prettier-ignore

let dataDir: string;
let store: EventStore;
const events: LogEvent[] = VALUES.flatMap((user, i) =>
  [undefined, user, VALUES[(i * 7 + 3) % VALUES.length]].map((command) => ({ user, command })),
).map(({ user, command }, index) => {
  const fields = newFields();
  if (index % 17 !== 0) fields['user'] = user;
  if (command !== undefined) fields['command'] = command;
  fields['msg'] = index % 3 === 0 ? `{"text":"${index} kelvin"}` : `line ${index} ${user}`;
  fields['label'] = 'Kelvin Bob';
  fields['@file'] = 'bob';
  return { seq: index + 1, repo: 'default', eventAtMs: FROM_MS + index, receivedAtMs: FROM_MS + index, fields };
});

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tocsin-oracle-'));
  store = await openChdbEventStore({ dataDir });
  await store.append(LOGPOINT, events, 'all');
});

afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const field = (...names: readonly [string, ...string[]]): FieldRef => ({ kind: 'field', names, isSet: false });
const texts = {
  exact: ['Bob', '', 'Kelvin'],
  patterns: [{ kind: 'contains', text: 'Δ' } as const, { kind: 'glob', glob: '?*x.e?e' } as const],
};
const folded = {
  exact: ['bob', 'οδοσ'],
  patterns: [{ kind: 'suffix', text: 'elvin' } as const, { kind: 'glob', glob: '? grin' } as const],
};
const networks = (...ranges: readonly string[]) => ranges.flatMap((range) => networkOf(range) ?? []);

const conditions: readonly Condition[] = [
  { kind: 'matches-cased', ref: field('user'), texts },
  { kind: 'matches-cased', ref: field('command', 'user'), texts },
  { kind: 'anywhere', test: { kind: 'folded', texts: folded } },
  { kind: 'anywhere', test: { kind: 'cased', texts } },
  { kind: 'anywhere', test: { kind: 'regex', regex: '(?i)^b.b$' } },
  { kind: 'finds', ref: field('user'), regex: 'a.b' },
  { kind: 'finds', ref: field('user'), regex: '(?s)a.b' },
  { kind: 'finds', ref: field('user'), regex: '(?m)^b$' },
  { kind: 'finds', ref: field('user'), regex: '^$' },
  { kind: 'in-network', ref: field('user'), networks: networks('10.0.0.0/8') },
  {
    kind: 'in-network',
    ref: field('user', 'command'),
    networks: networks('fe80::/10', '2001:db8::/127', '0.0.0.0/32'),
  },
  { kind: 'in-network', ref: field('user'), networks: networks('::/0') },
  ...TEXT_RELATIONS.flatMap((relation) =>
    [false, true].map((isCased) => {
      return { kind: 'relates', ref: field('user'), relation, other: field('command'), isCased } as const;
    }),
  ),
];

test('conditions of rules hold for the same events in memory and in the store', async () => {
  const { query } = parseQuery('*');
  const everything = query === null ? null : planQuery(query).plan;
  if (everything === null) throw new Error('no plan for all events');
  for (const condition of conditions) {
    for (const filter of [condition, { kind: 'not', operand: condition } as const]) {
      const plan: Plan = { ...everything, filter };
      const range = { repos: ['default'], fromMs: FROM_MS, toMs: FROM_MS + 1_000, limit: 1_000 };
      const answer = await store.search(LOGPOINT, compileSearch(plan, range), { timeoutMs: 20_000, rowsMax: 1_000 });
      const inStore = answer.rows.map((row) => Number(row['seq'])).sort((a, b) => a - b);
      const inMemory = evaluate(plan, events).map((row) => (row.kind === 'event' ? row.event.seq : -1));
      expect(inStore, JSON.stringify(filter)).toEqual(inMemory.sort((a, b) => a - b));
      expect(inMemory.length, JSON.stringify(filter)).toBeGreaterThan(0);
      expect(inMemory.length, JSON.stringify(filter)).toBeLessThan(events.length);
    }
  }
});

test('networks are ranges of addresses, IPv4 among IPv6', () => {
  expect(networkOf('10.1.2.3/8')).toEqual(networkOf('10.0.0.0/8'));
  expect(networkOf('10.0.0.0/8')).toEqual(networkOf('::ffff:10.0.0.0/104'));
  expect(networkOf('::1')).toEqual({ first: `${'0'.repeat(31)}1`, last: `${'0'.repeat(31)}1` });
  for (const wrong of ['10.0.0.0/33', '::/129', '10.0.0', 'fe80::1%eth0/64', '', '10.0.0.0/x', '10.*']) {
    expect(networkOf(wrong), wrong).toBeNull();
  }
});
