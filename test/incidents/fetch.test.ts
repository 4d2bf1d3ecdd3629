import fc from 'fast-check';
import { RE2JS } from 're2js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, query } from '../../src/control/control-store.ts';
import { fetchIncidents } from '../../src/incidents/fetch-incidents.ts';
import { INCIDENT_STATUSES } from '../../src/incidents/incident.ts';
import type { FetchIncidentsInput } from '../../src/incidents/incident-filter.ts';
import { DEFAULT_KEY_LIMITS, type KeyLimits } from '../../src/incidents/incident-keys.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import { digestHex } from '../../src/shared/ids.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import {
  aFiring,
  aRule,
  context,
  LOGPOINT,
  OTHER_LOGPOINT,
  objectId,
  openWorld,
  raiseMany,
  type World,
} from './world.ts';

// The law: a fetch answers exactly the rows for which the filter holds, newest first, whatever index it reads. The
// filter below is the contract's text read once more, over rows.

const ROWS_MAX = 10_000;
const fetchQuery = query(
  'test.fetch',
  (
    tx,
    { logpointId = LOGPOINT, limits, ...input }: FetchIncidentsInput & { logpointId?: string; limits?: KeyLimits },
  ) => fetchIncidents(tx, { logpointId, input, rowsMax: ROWS_MAX, context, limits }),
);
const work = command('test.work', async (tx, changes: readonly { id: string; status: number; user: string }[]) => {
  for (const { id, status, user } of changes) {
    await tx.run('update incidents set status = ?, assigned_to = ?, updated_at = ? where id = ?', [
      status,
      user,
      tx.nowMs,
      id,
    ]);
  }
});

const TAGS = ['LSASS Memory', 'Security Account Manager', 'Cron', `it's`];
const CATEGORIES = ['Persistence', 'Defense Evasion', 'Impact'];
const SOURCES = ['log123', 'log233', 'журнал'];
const NAMES = ['MyIncident', 'Unusual_Login_Time', 'Brute force (sshd)', '🚨 a+b', 'myincident 2'];
const USERS = [objectId(100), objectId(101), objectId(102)];
const T0 = 1_700_000_000_000;

let seed = 1;
/** Same numbers in every run. */
function random(below: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * below);
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
const some = <T>(from: readonly T[]): T[] => from.filter(() => random(2) === 0);

const ruleOf = (n: number): AlertRule =>
  aRule({
    id: objectId(1000 + n),
    name: pick(NAMES),
    risk: pick(['low', 'medium', 'high', 'critical']),
    ownerId: pick(USERS),
    attack: some(TAGS).map((attackTag, i) => ({
      id: objectId(i),
      hash: digestHex([attackTag], 32),
      attackId: `T${i}`,
      attackTag,
      attackCategory: pick(CATEGORIES),
    })),
    logSource: some(SOURCES),
    metadata: some(['a', 'b']).map((field) => ({ field, value: pick(['1', '2']) })),
  });

let world: World;
let everything: readonly JsonObject[] = [];
beforeAll(async () => {
  world = await openWorld([fetchQuery, work]);
  const rules = Array.from({ length: 40 }, (_, n) => ruleOf(n));
  const inputs = Array.from({ length: 600 }, (_, n) => {
    const rule = pick(rules);
    // Few moments, so that many incidents share one; whole and broken seconds.
    const detectedAtMs = T0 + random(60) * 500;
    return { rule, firing: aFiring({ key: `fetch ${n}`, ruleId: rule.id, detectedAtMs }) };
  });
  const ids = await world.store.write(raiseMany, inputs);
  world.clock.nowMs += 1_000_000;
  const changed = some(ids).map((id) => ({ id, status: random(3), user: pick(USERS) }));
  await world.store.write(work, changed);
  const foreign = aRule({ logpointId: OTHER_LOGPOINT, name: 'MyIncident', logSource: SOURCES });
  await world.store.write(raiseMany, [{ rule: foreign, firing: aFiring({ key: 'f', logpointId: OTHER_LOGPOINT }) }]);
  everything = (await world.store.read(fetchQuery, {})).rows;
});
afterAll(() => world.close());

const texts = (value: unknown): readonly string[] => value as readonly string[];
const anyOf = (asked: readonly string[] | undefined, value: unknown): boolean =>
  asked === undefined || asked.length === 0 || asked.some((one) => one.toLowerCase() === String(value).toLowerCase());
const allOf = (asked: readonly string[] | undefined, values: unknown): boolean =>
  (asked ?? []).every((one) => texts(values).includes(one));

function holds(input: FetchIncidentsInput, row: JsonObject): boolean {
  const { name, start_date: from, end_date: to, updated_since: since } = input;
  const at = Number(row['detection_timestamp']);
  const ids = [row['name'], row['alertrule_id'], row['incident_id'], row['id'], row['number']];
  return (
    anyOf(input.assigned_to_users, row['assigned_to']) &&
    anyOf(input.risk, row['risk']) &&
    anyOf(input.status, row['status']) &&
    anyOf(input.type, row['type']) &&
    allOf(input.attack_tag, row['attack_tag']) &&
    allOf(input.attack_category, row['attack_category']) &&
    allOf(input.log_source, row['log_source']) &&
    (input.metadata ?? []).every(({ field, value }) =>
      (row['metadata'] as readonly JsonObject[]).some((one) => one['field'] === field && one['value'] === value),
    ) &&
    (name === undefined || ids.includes(name) || RE2JS.compile(name).matcher(String(row['name'])).find()) &&
    (from === undefined || at >= from) &&
    (to === undefined || at <= to) &&
    (since === undefined || Number(row['updated_at']) >= since)
  );
}

const list = <T>(values: readonly T[], max = 2) =>
  fc.option(fc.subarray([...values], { maxLength: max }), { nil: undefined });
const inputs = fc.record({
  assigned_to_users: list([...USERS, objectId(999)]),
  attack_tag: list([...TAGS, 'unknown']),
  attack_category: list(CATEGORIES),
  log_source: list(SOURCES),
  metadata: list([
    { field: 'a', value: '1' },
    { field: 'b', value: '2' },
    { field: 'c', value: '' },
  ]),
  name: fc.option(
    fc.oneof(
      fc.constantFrom(...NAMES.filter((name) => !name.includes('(')), '(?i)MYINC', '^My', 't$', '[ab]\\+b', 'nothing'),
      fc.nat(599).map((n) => `nth ${n}`),
    ),
    { nil: undefined },
  ),
  risk: list(['low', 'medium', 'high', 'critical', 'CRITICAL']),
  status: list(INCIDENT_STATUSES, 3),
  type: list(['alert', 'search', 'UEBA', 'ALERT'], 4),
  updated_since: fc.option(fc.constantFrom(0, 1_753_952_000, 1_753_952_500, 1_753_953_000, 2e9), { nil: undefined }),
  range: fc.option(fc.tuple(fc.nat(64), fc.nat(64)), { nil: undefined }),
});

/** Fills in what only the generated incidents know: a name that is one of their ids. */
function inputOf({
  range,
  name,
  ...rest
}: typeof inputs extends fc.Arbitrary<infer I> ? I : never): FetchIncidentsInput {
  const nth = /^nth (\d+)$/.exec(name ?? '');
  const row = everything[Number(nth?.[1] ?? 0)];
  const key = pick(['id', 'number', 'incident_id', 'alertrule_id']);
  const times = range === undefined ? {} : { start_date: T0 / 1000 + range[0] / 2, end_date: T0 / 1000 + range[1] / 2 };
  return { ...rest, ...times, name: nth === null ? name : String(row?.[key]) };
}

const idsOf = (rows: readonly JsonObject[]): string[] => rows.map((row) => String(row['id']));

test('without a filter every incident of the logpoint is answered, newest first, in every status', () => {
  expect(everything).toHaveLength(600);
  expect(new Set(everything.map((row) => row['status']))).toEqual(new Set(INCIDENT_STATUSES));
  const order = everything.map((row) => [Number(row['detection_timestamp']), String(row['id'])] as const);
  const sorted = [...order].sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1));
  expect(order).toEqual(sorted);
});

// Each set of limits makes other indexes drive the same fetch.
const ROUTES: readonly (readonly [string, KeyLimits])[] = [
  ['the usual limits', DEFAULT_KEY_LIMITS],
  ['nothing sorted', { ...DEFAULT_KEY_LIMITS, updatedSortMax: 0 }],
  ['sources looked up', { ...DEFAULT_KEY_LIMITS, sourceBranchesMax: 0, updatedSortMax: 0 }],
  ['sources tried first on the newest', { ...DEFAULT_KEY_LIMITS, sourcesProbedMin: 0, probeRowsMax: 250 }],
];
const TINY: KeyLimits = {
  ...DEFAULT_KEY_LIMITS,
  sourceBranchesMax: 3,
  updatedSortMax: 5,
  scanRowsMax: 40,
  chunkRowsMin: 20,
};

test.each(ROUTES)(
  'a fetch (%s) answers exactly the rows for which the filter holds, in order',
  async (_route, limits) => {
    await fc.assert(
      fc.asyncProperty(inputs, async (generated) => {
        const input = inputOf(generated);
        const { rows, nextCursor } = await world.store.read(fetchQuery, { ...input, limits });
        expect(idsOf(rows)).toEqual(idsOf(everything.filter((row) => holds(input, row))));
        expect(nextCursor).toBeNull();
      }),
      { numRuns: 200 },
    );
  },
);

test('pages of any size are together what one fetch answers', async () => {
  await fc.assert(
    fc.asyncProperty(inputs, fc.integer({ min: 1, max: 90 }), async (generated, limit) => {
      const input = inputOf(generated);
      const whole = idsOf((await world.store.read(fetchQuery, input)).rows);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.store.read(fetchQuery, { ...input, limit, cursor });
        paged.push(...idsOf(page.rows));
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        expect(page.cut).toBe(page.nextCursor === null ? null : 'limit');
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(paged).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

test('a fetch that looks at few rows a time says so, and its pages are together the whole answer', async () => {
  expect((await world.store.read(fetchQuery, { name: '.', limits: TINY })).cut).toBe('scan');
  await fc.assert(
    fc.asyncProperty(inputs, async (generated) => {
      const input = inputOf(generated);
      const whole = idsOf((await world.store.read(fetchQuery, input)).rows);
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.store.read(fetchQuery, { ...input, cursor, limits: TINY });
        paged.push(...idsOf(page.rows));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(paged).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

test('pages never skip or repeat while incidents arrive and change', async () => {
  const rule = aRule({ id: objectId(5000), name: 'arriving' });
  const before = Array.from({ length: 100 }, (_, n) => ({
    rule,
    firing: aFiring({ key: `old ${n}`, detectedAtMs: T0 + n * 1000 }),
  }));
  const ids = new Set(await world.store.write(raiseMany, before));
  const seen: string[] = [];
  let cursor: string | undefined;
  let arrived = 0;
  do {
    const page = await world.store.read(fetchQuery, { name: '^arriving$', limit: 7, cursor });
    seen.push(...idsOf(page.rows));
    cursor = page.nextCursor ?? undefined;
    const later = { key: `new ${++arrived}`, detectedAtMs: T0 + 1_000_000 + arrived };
    const [id = ''] = await world.store.write(raiseMany, [{ rule, firing: aFiring(later) }]);
    await world.store.write(work, [{ id, status: 1, user: objectId(100) }]);
    const shown = seen.at(-1) ?? '';
    await world.store.write(work, [{ id: shown, status: 2, user: objectId(100) }]);
  } while (cursor !== undefined);
  expect(seen).toHaveLength(100);
  expect(new Set(seen)).toEqual(ids);
});

test('a filter that more sources pass than are worth a branch each still answers exactly', async () => {
  const count = DEFAULT_KEY_LIMITS.sourceBranchesMax + 200;
  const many = Array.from({ length: count }, (_, n) => ({
    rule: aRule({ id: objectId(10_000 + n), name: `many ${n}`, attack: [] }),
    firing: aFiring({ key: `many ${n}`, ruleId: objectId(10_000 + n), detectedAtMs: T0 - 1000 - n }),
  }));
  await world.store.write(raiseMany, many);
  const { rows } = await world.store.read(fetchQuery, { name: '^many ', limit: 50 });
  expect(rows.map((row) => row['name'])).toEqual(Array.from({ length: 50 }, (_, n) => `many ${n}`));
  const all = await world.store.read(fetchQuery, { name: '^many ', status: ['unresolved'] });
  expect(all.rows).toHaveLength(count);
  const mine = await world.store.read(fetchQuery, { name: '^many ', assigned_to_users: [objectId(100)] });
  expect(mine.rows).toHaveLength(count);
});

test.each([
  ['(a+)+$', 'a'.repeat(5000)],
  ['(a|aa)+$', 'a'.repeat(5000)],
  ['(.*)*x', 'y'.repeat(5000)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(5000)],
])('the pattern %s cannot stall the server', async (pattern, tail) => {
  const rule = aRule({ id: objectId(6000), name: `${tail}!` });
  await world.store.write(raiseMany, [{ rule, firing: aFiring({ key: `regex ${pattern}` }) }]);
  const started = performance.now();
  await world.store.read(fetchQuery, { name: pattern });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test.each([
  [{ name: '(' }, /^name is not a valid pattern: /],
  [{ name: 'a{2000}' }, /^name is not a valid pattern: /],
  [{ name: '(?<=a)b' }, /^name is not a valid pattern: /],
  [{ name: '(a)\\1' }, /^name is not a valid pattern: /],
  [{ name: 'a'.repeat(1001) }, /^name is a pattern of 1001 characters, at most 1000 are allowed$/],
  [{ risk: ['urgent'] }, /^risk is "urgent", expected one of: low, medium, high, critical$/],
  [{ status: ['open'] }, /^status is "open", expected one of: unresolved, resolved, closed$/],
  [{ type: ['manual'] }, /^type is "manual", expected one of: alert, search, ueba$/],
  [{ start_date: 1 }, /^end_date must be present in request\.$/],
  [{ end_date: 1 }, /^start_date must be present in request\.$/],
  [{ attack_tag: Array.from({ length: 501 }, String) }, /^attack_tag has 501 values, at most 500 are allowed$/],
  [{ cursor: 'garbage' }, /^cursor must be the next_cursor of an earlier answer$/],
  [{ cursor: Buffer.from('1:zz').toString('base64url') }, /^cursor must be the next_cursor/],
])('a filter that cannot be understood is refused and says why', async (input, message) => {
  await expect(world.store.read(fetchQuery, input)).rejects.toThrow(message);
});

test('another logpoint sees its own incidents only', async () => {
  const { rows } = await world.store.read(fetchQuery, { logpointId: OTHER_LOGPOINT, name: 'MyIncident' });
  expect(rows).toHaveLength(1);
  const named = await world.store.read(fetchQuery, { logpointId: OTHER_LOGPOINT, name: String(everything[0]?.['id']) });
  expect(named.rows).toEqual([]);
});
