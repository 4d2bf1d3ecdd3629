import { createUserGroup } from '../../src/accounts/user-groups.ts';
import { createUser } from '../../src/accounts/users.ts';
import { command, type SqlValue } from '../../src/control/control-store.ts';
import { BREACH } from '../../src/incidents/incident.ts';
import { saveSource, sourceOf } from '../../src/incidents/incident-source.ts';
import { type AlertRule, RISKS } from '../../src/rules/alert-rule.ts';
import { digestHex } from '../../src/shared/ids.ts';
import { createLogpoint } from '../../src/tenancy/logpoints.ts';
import { createPool } from '../../src/tenancy/pools.ts';

// A logpoint with a year of incidents, as many as asked for: raised by 5,000 rules of which few fire most, worked by 50
// people, with entities, dispositions, clocks and merges. The same for the same count.

export const RULES = 5_000;
const USERS = 50;
export const T0 = Date.UTC(2024, 0, 1);
export const SPREAD_MS = 365 * 86_400_000;
const ROWS_PER_STATEMENT = 500;
let seed = 42;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 4_294_967_296;
};
/** Few rules fire most. */
const someRule = (): number => Math.floor(RULES * random() ** 3);
const hexId = (kind: number, n: number): string =>
  kind.toString(16).padStart(8, '0') + n.toString(16).padStart(16, '0');

export type Place = { readonly logpointId: string; readonly users: readonly string[] };

export function ruleOf(place: Place, n: number): AlertRule {
  // Two tags that only rules 4000 to 4002 have together, and common ones.
  const rare = n >= 4_000 && n < 4_003 ? ['rare one', 'rare two'] : n % 1_000 === 7 ? ['rare one'] : [];
  const tags = [...rare, `tag ${n % 20}`, `tag ${(n * 7) % 20}`];
  return {
    id: hexId(2, n),
    logpointId: place.logpointId,
    alertruleId: digestHex(['rule', String(n)], 32),
    ownerId: place.users[n % USERS] ?? '',
    active: true,
    mode: 'stream',
    version: 1,
    matchVersion: 1,
    createdAtMs: T0,
    updatedAtMs: T0,
    name: `Suspicious ${['login', 'process', 'service', 'scan', 'tunnel'][n % 5]} activity ${n}`,
    description: 'A rule of the bench with a description of the usual length, about one line of text.',
    query: `label=Process label=Create process IN ["*\\\\tool${n}.exe", "*\\\\other${n}.exe"] command="*-enc*"`,
    repos: ['default', '_logpoint'],
    limit: 100,
    rangeMinutes: 5,
    intervalMinutes: 1,
    delayMinutes: 0,
    conditionOption: 'greaterthan',
    conditionValue: 0,
    risk: RISKS[n % 97 === 0 ? 3 : n % 3] ?? 'low',
    aggregate: 'max',
    flushOnTrigger: false,
    assignedTo: place.users[(n * 3) % USERS] ?? null,
    manageableBy: [],
    attack: tags.map((attackTag, i) => ({
      id: hexId(3, i),
      hash: digestHex([attackTag], 32),
      attackId: `T${1000 + i}`,
      attackTag,
      attackCategory: `category ${n % 14}`,
    })),
    logSource: [`source ${n % 30}`],
    metadata: [],
    applyJinjaTemplate: false,
    alertContextTemplate: '',
    throttling: null,
    originalData: false,
  };
}

const by = { actor: 'bench' };
export const setUp = command('bench.setUp', async (tx, _: null) => {
  const pool = await createPool(tx, { name: 'bench', by });
  const logpoint = await createLogpoint(tx, { poolId: pool.id, name: 'bench', by });
  const group = await createUserGroup(tx, logpoint.id, { name: 'operators' }, by);
  const users: string[] = [];
  for (let n = 0; n < USERS; n++) {
    const username = `user${n}`;
    const person = { username, email: `${username}@example.org`, firstname: 'a', lastname: 'b', passwordHash: 'none' };
    users.push((await createUser(tx, logpoint.id, { ...person, usergroup: [group.id] }, by)).id);
  }
  const place = { logpointId: logpoint.id, users };
  const sources: string[] = [];
  for (let n = 0; n < RULES; n++) sources.push(await saveSource(tx, sourceOf(ruleOf(place, n))));
  return { place, sources };
});

const COLUMNS = `id, logpoint_id, number, source_id, risk, status, assigned_to, detected_at, window_from, window_to,
  events_from, events_to, group_key, firing_key, rows_count, hits, last_hit_at, updated_at, comments_count,
  comments_chars, disposition, merged_into, resolve_due, sla_at, breaches`;
const COLUMN_COUNT = COLUMNS.split(',').length;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const marks = (columns: number, rows: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: columns }, () => '?').join(', ')})`).join(', ');

/** Of what a person has looked at, a part has a verdict: mostly a false positive. */
const someDisposition = (status: number): number | null =>
  status === 0 || random() < 0.5 ? null : ([1, 1, 1, 2, 0][Math.floor(5 * random())] ?? null);

function incidentRow(place: Place, sources: readonly string[], n: number, lastId: string): SqlValue[] {
  const rule = ruleOf(place, someRule());
  const at = T0 + Math.floor(random() * SPREAD_MS);
  const status = random() < 0.05 ? 0 : random() < 0.3 ? 1 : 2;
  const seconds = Math.floor(at / 1000);
  const id = seconds.toString(16).padStart(8, '0') + digestHex([String(n)], 16);
  const source = sources[Number.parseInt(rule.id.slice(8), 16)] ?? '';
  // One in five was given to somebody else than the rule says.
  const assignee = random() < 0.2 ? place.users[Math.floor(random() * USERS)] : rule.assignedTo;
  const updatedAt = Math.min(at + Math.floor(random() ** 4 * 30 * DAY_MS), T0 + SPREAD_MS);
  const isMerged = random() < 0.02 && lastId !== '';
  const isBreached = random() < 0.04;
  const slaAt = status === 0 && !isBreached ? T0 + SPREAD_MS + Math.floor(random() * 2 * DAY_MS) : null;
  return [
    ...[id, place.logpointId, n + 1, source, RISKS.indexOf(rule.risk), status, assignee ?? '', at, at - 300_000, at],
    ...[at - 300_000, at, '', digestHex(['f', String(n)], 32), 3, 3, at, updatedAt, 0, 0],
    ...[someDisposition(status), isMerged ? lastId : null, slaAt, slaAt, isBreached ? BREACH.resolve : 0],
  ];
}

/** Rows as `raiseIncident` and the verbs leave them, many to a statement. */
export const fill = command(
  'bench.fill',
  async (tx, input: { place: Place; sources: readonly string[]; from: number; count: number }) => {
    const { place } = input;
    for (let start = input.from; start < input.from + input.count; start += ROWS_PER_STATEMENT) {
      const params: SqlValue[] = [];
      const entities: SqlValue[] = [];
      let lastId = '';
      for (let n = start; n < start + ROWS_PER_STATEMENT; n++) {
        const row = incidentRow(place, input.sources, n, lastId);
        params.push(...row);
        lastId = String(row[0]);
        const at = row[7] ?? 0;
        entities.push(place.logpointId, `person${Math.floor(3_000 * random() ** 3)}`, at, lastId, 0);
        entities.push(place.logpointId, `host${Math.floor(1_000 * random() ** 2)}`, at, lastId, 1);
      }
      await tx.run(`insert into incidents (${COLUMNS}) values ${marks(COLUMN_COUNT, ROWS_PER_STATEMENT)}`, params);
      await tx.run(
        `insert into incident_entities (scope_id, value, at_ms, incident_id, kind) values ${marks(5, 2 * ROWS_PER_STATEMENT)}`,
        entities,
      );
    }
    await tx.run(
      `insert into incident_counters (logpoint_id, last_number) values (?, ?)
       on conflict (logpoint_id) do update set last_number = excluded.last_number`,
      [place.logpointId, input.from + input.count],
    );
  },
);
