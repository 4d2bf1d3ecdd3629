import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, query } from '../../src/control/control-store.ts';
import { ENTITY_KINDS } from '../../src/events/entity.ts';
import { DISPOSITIONS, INCIDENT_STATUSES } from '../../src/incidents/incident.ts';
import { type FetchIncidentsInput, SLA_SOON_MS } from '../../src/incidents/incident-filter.ts';
import { DEFAULT_KEY_LIMITS, type KeyLimits } from '../../src/incidents/incident-keys.ts';
import { listIncidents } from '../../src/incidents/list-incidents.ts';
import { RISKS } from '../../src/rules/alert-rule.ts';
import { aFiring, aRule, LOGPOINT, objectId, openWorld, raiseMany, type World } from './world.ts';

// The list against the filter read once more over its rows: whatever index drives, the answer is the same.

const COUNT = 500;
const NAMES = ['login', 'process', 'tunnel'];
const USERS = [objectId(100), objectId(101)];
const HOSTS = ['web', 'db', 'mail', 'web2'];
const T0 = 1_700_000_000_000;

let seed = 7;
const random = (below: number): number => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * below);
};

type Fact = {
  readonly id: string;
  readonly at: number;
  readonly rule: number;
  readonly risk: number;
  readonly status: number;
  readonly user: string;
  readonly disposition: number | null;
  readonly mergedInto: string | null;
  readonly slaAt: number | null;
  readonly breaches: number;
  readonly updatedAt: number;
  readonly hosts: readonly string[];
};

const list = query(
  'test.list',
  (tx, { limits, ...input }: FetchIncidentsInput & { readonly limits?: KeyLimits | undefined }) =>
    listIncidents(tx, { logpointId: LOGPOINT, input, limits }),
);
const write = command('test.write', async (tx, facts: readonly Fact[]) => {
  for (const fact of facts) {
    await tx.run(
      `update incidents set status = ?, assigned_to = ?, disposition = ?, merged_into = ?, sla_at = ?, breaches = ?,
         updated_at = ? where id = ?`,
      [fact.status, fact.user, fact.disposition, fact.mergedInto, fact.slaAt, fact.breaches, fact.updatedAt, fact.id],
    );
    for (const host of fact.hosts) {
      const other = random(2) === 0 ? [ENTITY_KINDS.indexOf('user')] : [];
      for (const kind of [ENTITY_KINDS.indexOf('host'), ...other]) {
        await tx.run(
          'insert into incident_entities (scope_id, value, at_ms, incident_id, kind) values (?, ?, ?, ?, ?)',
          [LOGPOINT, host, fact.at, fact.id, kind],
        );
      }
    }
  }
});

let world: World;
let facts: readonly Fact[];
beforeAll(async () => {
  world = await openWorld([list, write]);
  const rules = Array.from({ length: 60 }, (_, n) =>
    aRule({
      id: objectId(1000 + n),
      name: `${NAMES[n % 3]} ${n}`,
      risk: RISKS[n % 4] ?? 'low',
      logSource: n % 20 === 0 ? ['rare'] : ['often'],
    }),
  );
  const drawn = Array.from({ length: COUNT }, (_, n) => ({ n, rule: random(60), at: T0 + 1000 * random(COUNT) }));
  const ids = await world.store.write(
    raiseMany,
    drawn.flatMap(({ n, rule, at }) => {
      const of = rules[rule];
      return of === undefined ? [] : [{ rule: of, firing: aFiring({ key: `list ${n}`, detectedAtMs: at }) }];
    }),
  );
  const now = world.clock.nowMs;
  facts = drawn.map(({ rule, at }, n) => ({
    id: ids[n] ?? '',
    at,
    rule,
    risk: rule % 4,
    status: random(3),
    user: USERS[random(2)] ?? '',
    disposition: [null, 0, 1, 1, 2][random(5)] ?? null,
    mergedInto: random(5) === 0 ? (ids[0] ?? null) : null,
    slaAt: [null, now - 1, now + SLA_SOON_MS, now + SLA_SOON_MS + 1][random(4)] ?? null,
    breaches: [0, 0, 0, 1][random(4)] ?? 0,
    updatedAt: T0 + 1000 * random(COUNT),
    hosts: HOSTS.filter(() => random(3) === 0),
  }));
  await world.store.write(write, facts);
});
afterAll(() => world.close());

const TESTS: readonly (readonly [FetchIncidentsInput, (fact: Fact) => boolean])[] = [
  [{ status: ['unresolved'] }, ({ status }) => INCIDENT_STATUSES[status] === 'unresolved'],
  [{ risk: ['high', 'critical'] }, ({ risk }) => risk >= RISKS.indexOf('high')],
  [{ assigned_to_users: USERS.slice(0, 1) }, ({ user }) => user === USERS[0]],
  [{ q: 'tunnel' }, ({ rule }) => rule % 3 === 2],
  [{ rule: [objectId(1007)] }, ({ rule }) => rule === 7],
  [{ log_source: ['rare'] }, ({ rule }) => rule % 20 === 0],
  [{ log_source: ['often'] }, ({ rule }) => rule % 20 !== 0],
  [{ sla: 'breached' }, ({ breaches }) => breaches > 0],
  [{ sla: 'soon' }, ({ slaAt }) => slaAt !== null && slaAt <= world.clock.nowMs + SLA_SOON_MS],
  [{ merged: 'only' }, ({ mergedInto }) => mergedInto !== null],
  [{ merged: 'no' }, ({ mergedInto }) => mergedInto === null],
  [{ disposition: ['false_positive'] }, ({ disposition }) => disposition === DISPOSITIONS.indexOf('false_positive')],
  [{ disposition: ['benign', 'none'] }, ({ disposition }) => disposition === null || disposition === 2],
  [{ disposition: ['benign', 'true_positive'] }, ({ disposition }) => disposition === 0 || disposition === 2],
  [{ entity: ['host:web'] }, ({ hosts }) => hosts.includes('web')],
  [{ entity: ['db', 'mail'] }, ({ hosts }) => hosts.includes('db') && hosts.includes('mail')],
  [{ start_date: T0 / 1000 + 100, end_date: T0 / 1000 + 300 }, ({ at }) => at >= T0 + 100_000 && at <= T0 + 300_000],
  [{ updated_since: T0 / 1000 + 350 }, ({ updatedAt }) => updatedAt >= T0 + 350_000],
];

// Each set of limits makes other indexes drive, or gives up on them half way.
const ROUTES: readonly (readonly [string, KeyLimits])[] = [
  ['the usual limits', DEFAULT_KEY_LIMITS],
  ['entities as sets', { ...DEFAULT_KEY_LIMITS, entityRowsMin: 0 }],
  ['entities of few sources looked up', { ...DEFAULT_KEY_LIMITS, entityRowsMin: 40 }],
  ['no clocks and no names first', { ...DEFAULT_KEY_LIMITS, soonRowsMax: 0, namesTriedMax: 0 }],
  ['the newest names given up', { ...DEFAULT_KEY_LIMITS, chunkRowsMin: 5, namesTriedMax: 20 }],
  ['no rare stretch first', { ...DEFAULT_KEY_LIMITS, rareRowsMax: 0 }],
  ['rare stretches given up', { ...DEFAULT_KEY_LIMITS, rareRowsMax: 5, chunkRowsMin: 3 }],
  ['the newest given up', { ...DEFAULT_KEY_LIMITS, sourcesProbedMin: 2, probeRowsMax: 10, chunkRowsMin: 5 }],
  ['no branches of sources', { ...DEFAULT_KEY_LIMITS, sourceBranchesMax: 0, updatedSortMax: 0, chunkRowsMin: 7 }],
];

const newestFirst = (a: Fact, b: Fact): number => b.at - a.at || (a.id < b.id ? 1 : -1);

test.each(ROUTES)(
  'pages with up to three filters (%s) are together the rows for which all hold, in order',
  async (_route, limits) => {
    const chosen = fc.uniqueArray(fc.integer({ min: 0, max: TESTS.length - 1 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(chosen, fc.integer({ min: 1, max: 200 }), async (places, limit) => {
        const parts = places.flatMap((place) => TESTS[place] ?? []);
        const tests = places.map((place) => TESTS[place]).filter((part) => part !== undefined);
        fc.pre(parts.length === 2 * tests.length);
        const inputs = tests.map(([input]) => input);
        const keys = inputs.flatMap((input) => Object.keys(input));
        fc.pre(new Set(keys).size === keys.length);
        const input = Object.assign({ limit }, ...inputs) as FetchIncidentsInput;
        const wanted = facts.filter((fact) => tests.every(([, holds]) => holds(fact)));
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await world.store.read(list, { ...input, cursor, limits });
          found.push(...page.rows.map((row) => String(row['id'])));
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(found).toEqual(wanted.toSorted(newestFirst).map(({ id }) => id));
      }),
      { numRuns: 150 },
    );
  },
);
