import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { auditVerify } from '../../src/audit/registry.ts';
import { type Command, command } from '../../src/control/control-store.ts';
import { incidentDeps } from '../../src/control-registry.ts';
import { raiseIncident } from '../../src/incidents/raise-incident.ts';
import { incidentsCounts, slaBreach } from '../../src/incidents/registry.ts';
import { isJsonObject, type JsonObject } from '../../src/shared/json.ts';
import { startSlaClock } from '../../src/sla-clock.ts';
import { aFiring, aRule, objectId } from '../incidents/world.ts';
import { type DirectorWorld, listOf, openDirectorWorld, registrySettings, rowsOf } from './director-world.ts';

const raiseSome = command('test.raiseSome', async (tx, { owner, logpointId, from, to, atMs }: Raise) => {
  for (let n = from; n < to; n++) {
    const rule = aRule({ id: objectId(1), logpointId, ownerId: owner, risk: n % 2 === 0 ? 'high' : 'low' });
    const entities = [{ kind: 'user', value: `user ${n % 2}` }] as const;
    await raiseIncident(tx, aFiring({ key: `k${n}`, logpointId, detectedAtMs: atMs + n, entities }), rule, []);
  }
});
type Raise = {
  readonly owner: string;
  readonly logpointId: string;
  readonly from: number;
  readonly to: number;
  readonly atMs: number;
};

let world: DirectorWorld;
let user = '';
const T0 = Date.now() - 3_600_000;
const raise = (from: number, to: number) =>
  world.store.write(raiseSome, { owner: user, logpointId: world.acme.logpoint.id, from, to, atMs: T0 });

beforeEach(async () => {
  world = await openDirectorWorld([raiseSome as Command<never, unknown>]);
  user = world.acme.admin.id;
});
afterEach(() => world.close());

const list = async (query = ''): Promise<readonly JsonObject[]> =>
  listOf(await world.call(`GET Incidents?limit=1000&${query}`));
const bulk = (data: JsonObject) => world.order('POST Incidents/bulk', { incident_user_id: user, ...data });
const isSound = async () => (await world.store.read(auditVerify, world.acme.logpoint.id)) as unknown;

test('a bulk change by filter changes each as the verb would, names what refuses, and is undone', async () => {
  await raise(0, 20);
  await world.order('POST Incidents/INC-1/resolve', { incident_user_id: user });
  const done = await bulk({ action: 'resolve', filter: { risk: ['high'] } });
  expect(done).toMatchObject({ success: true, done: 9, refused_count: 1 });
  expect(done['refused']).toEqual([
    { id: expect.any(String), number: 'INC-1', message: 'Incident is already resolved' },
  ]);
  const rows = await list('status=resolved');
  expect(rows.length).toBe(10);
  expect(rows[0]).toMatchObject({ commentscount: 1, lastaction: { action: 'Resolved', title: 'admin' } });
  expect((await world.audited()).filter((action) => action === 'incident resolved').length).toBe(10);
  await world.order('POST Incidents/INC-3/comment', { incident_user_id: user, comment: 'mine' });
  const undone = await world.order(`POST Incidents/bulk/${String(done['bulk_id'])}/undo`, { incident_user_id: user });
  expect(undone).toMatchObject({ success: true, done: 8 });
  expect(undone['refused']).toEqual([
    { id: expect.any(String), number: 'INC-3', message: 'Incident was changed since' },
  ]);
  expect((await list('status=resolved')).map((row) => row['number']).sort()).toEqual(['INC-1', 'INC-3']);
  const again = await world.order(`POST Incidents/bulk/${String(done['bulk_id'])}/undo`, { incident_user_id: user });
  expect(again).toMatchObject({ success: false, message: 'Bulk change is already undone' });
  expect(await isSound()).toMatchObject({ fault: null });
});

test('a bulk change by a filter with a name that no filter has changes nothing', async () => {
  await raise(0, 3);
  for (const name of ['statuses', 'limit', 'cursor', 'ids', 'constructor']) {
    const filter = { [name]: name === 'limit' ? 1 : 'x' };
    const answer = await world.call('POST Incidents/bulk', { action: 'resolve', incident_user_id: user, filter });
    expect([name, answer.status]).toEqual([name, 400]);
    expect(answer.body).toMatchObject({ message: expect.stringContaining(name) });
  }
  expect((await list('status=unresolved')).length).toBe(3);
  expect(await bulk({ action: 'resolve', filter: {} })).toMatchObject({ done: 3 });
});

test('an undo without the right gives nothing back, is told to the audit, and leaves the undo to who has it', async () => {
  await raise(0, 4);
  const group = await world.order('POST UserGroups', { name: 'bystanders' });
  const made = await world.order('POST Users', {
    username: 'bystander',
    email: 'bystander@example.org',
    firstname: 'By',
    lastname: 'Stander',
    password: 'correct horse battery',
    usergroup: [String(group['id'])],
  });
  const bystander = String(made['id']);
  const done = await bulk({ action: 'resolve', filter: {} });
  await world.order('POST Incidents/INC-4/comment', { incident_user_id: user, comment: 'mine' });
  const undo = (by: string) =>
    world.order(`POST Incidents/bulk/${String(done['bulk_id'])}/undo`, { incident_user_id: by });
  const before = (await world.audited()).filter((action) => action === 'order refused').length;
  expect(await undo(bystander)).toMatchObject({ success: true, done: 0, refused_count: 4 });
  expect((await world.audited()).filter((action) => action === 'order refused').length).toBe(before + 4);
  expect(await undo(user)).toMatchObject({ success: true, done: 3, refused_count: 1 });
  expect(await undo(user)).toMatchObject({ success: false, message: 'Bulk change is already undone' });
  expect((await list('status=resolved')).map((row) => row['number'])).toEqual(['INC-4']);
});

test('bulk comments, reassignments and dispositions by ids or numbers; a comment is withdrawn when undone', async () => {
  await raise(0, 3);
  const commented = await bulk({ action: 'comment', ids: ['INC-1', 'INC-2', 'INC-99'], comment: 'seen' });
  expect(commented).toMatchObject({ done: 2, refused: [{ id: 'INC-99', message: 'Incident not found' }] });
  await world.order(`POST Incidents/bulk/${String(commented['bulk_id'])}/undo`, { incident_user_id: user });
  const { body } = await world.call('GET Incidents/INC-1');
  expect(isJsonObject(body) ? body['comments'] : null).toEqual([
    { title: 'admin', comment: 'Undone', time: expect.any(Number) },
  ]);
  expect(
    await bulk({ action: 'disposition', ids: ['INC-1', 'INC-3'], disposition: 'false_positive', reason: 'scanner' }),
  ).toMatchObject({ done: 2 });
  expect((await list('disposition=false_positive')).map((row) => row['number'])).toEqual(['INC-3', 'INC-1']);
  expect((await list('disposition=none')).map((row) => row['number'])).toEqual(['INC-2']);
  expect(await bulk({ action: 'reassign', ids: ['INC-1'], new_assignee: '0'.repeat(24) })).toMatchObject({
    success: false,
    message: 'Invalid user id',
  });
  expect((await world.call('POST Incidents/bulk', { incident_user_id: user, action: 'resolve' })).status).toBe(400);
});

test('merged incidents stay whole and come out again as they were', async () => {
  await raise(0, 5);
  const before = (await world.call('GET Incidents/INC-2')).body as JsonObject;
  const merged = await world.order('POST Incidents/INC-1/merge', { incident_user_id: user, ids: ['INC-2', 'INC-3'] });
  expect(merged).toMatchObject({ success: true });
  const parent = (await world.call('GET Incidents/INC-1')).body as JsonObject;
  expect(parent['children']).toMatchObject([{ number: 'INC-3' }, { number: 'INC-2' }]);
  expect((await list('merged=no')).map((row) => row['number'])).toEqual(['INC-5', 'INC-4', 'INC-1']);
  expect((await list('merged=only')).map((row) => row['number'])).toEqual(['INC-3', 'INC-2']);
  const refusals = [
    ['INC-1', 'INC-2', 'INC-2 is already merged'],
    ['INC-2', 'INC-4', 'INC-2 is itself merged'],
    ['INC-4', 'INC-1', 'INC-1 has merged incidents of its own; unmerge them first'],
    ['INC-4', 'INC-4', 'An incident cannot be merged into itself'],
  ] as const;
  for (const [into, id, message] of refusals) {
    const refused = await world.order(`POST Incidents/${into}/merge`, { incident_user_id: user, ids: [id] });
    expect(refused).toMatchObject({ success: false, message });
  }
  await world.order('POST Incidents/INC-1/unmerge', { incident_user_id: user });
  const after = (await world.call('GET Incidents/INC-2')).body as JsonObject;
  for (const key of ['id', 'status', 'assigned_to', 'hits', 'rows_count', 'time_range', 'merged_into', 'number']) {
    expect(after[key]).toEqual(before[key]);
  }
  expect(
    (await world.audited()).filter((action) => action.startsWith('incident') && action.includes('merged')),
  ).toEqual([
    'incident children merged',
    'incident merged',
    'incident merged',
    'incident children unmerged',
    'incident unmerged',
    'incident unmerged',
  ]);
});

test('a clock that runs out is told of once, and an acknowledged incident has one clock less', async () => {
  await world.order('PUT SlaPolicy', {
    high: { acknowledge: 5, resolve: 30 },
    low: { acknowledge: null, resolve: 600 },
  });
  expect((await world.call('GET SlaPolicy')).body).toMatchObject({
    high: { acknowledge: 5, resolve: 30 },
    medium: { acknowledge: null },
  });
  await raise(0, 3);
  await world.order('POST Incidents/INC-1/comment', { incident_user_id: user, comment: 'on it' });
  const breach = slaBreach(incidentDeps(registrySettings));
  expect(await world.store.write(breach, {})).toBe(2);
  expect(await world.store.write(breach, {})).toBe(0);
  expect((await list('sla=breached')).map((row) => row['number'])).toEqual(['INC-3', 'INC-1']);
  const breaches = (await world.audited()).filter((action) => action === 'incident sla_breached');
  // INC-1: resolve; INC-3: both.
  expect(breaches.length).toBe(3);
  const { body } = await world.call('GET Incidents/INC-2');
  expect(isJsonObject(body) ? body['sla'] : null).toMatchObject({ breached: false, clock: 'resolve' });
});

test('clocks that ran out while the server was down are told of at its start, each once over any number of starts', async () => {
  await world.order('PUT SlaPolicy', {
    low: { acknowledge: null, resolve: 10 },
    high: { acknowledge: null, resolve: 10 },
  });
  await raise(0, 2);
  const parts = { control: world.store, clock: Date.now, deps: incidentDeps(registrySettings), onError: unexpected };
  const told = async () => (await world.audited()).filter((action) => action === 'incident sla_breached').length;
  const startUntil = async (count: number): Promise<void> => {
    const stop = startSlaClock(parts);
    await vi.waitFor(async () => expect(await told()).toBe(count), { timeout: 20_000 });
    await stop();
  };
  await startUntil(2);
  // Down again, one more is raised and runs out; the start tells of that one alone.
  await raise(2, 3);
  await startUntil(3);
  await startUntil(3);
  expect((await list('sla=breached')).length).toBe(3);
  const { body } = await world.call('GET Incidents/INC-1');
  expect(isJsonObject(body) ? body['commentscount'] : null).toBe(0);
});

test('a merged incident keeps a status of its own: what is done to the other is not done to it', async () => {
  await raise(0, 2);
  await world.order('POST Incidents/INC-1/merge', { incident_user_id: user, ids: ['INC-2'] });
  await world.order('POST Incidents/INC-1/resolve', { incident_user_id: user });
  await world.order('POST Incidents/INC-1/close', { incident_user_id: user });
  const { body } = await world.call('GET Incidents/INC-1');
  expect(body).toMatchObject({ status: 'closed', children: [{ number: 'INC-2', status: 'unresolved' }] });
  // Both at once is one call, and one that can be undone.
  expect(await bulk({ action: 'resolve', ids: ['INC-2'] })).toMatchObject({ done: 1 });
  expect((await list('merged=only'))[0]).toMatchObject({ number: 'INC-2', status: 'resolved' });
});

const unexpected = (error: unknown): void => {
  throw error;
};

type Step =
  | { readonly kind: 'bulk'; readonly action: 'resolve' | 'close' | 'reopen'; readonly ids: readonly number[] }
  | { readonly kind: 'undo'; readonly n: number }
  | { readonly kind: 'merge' | 'unmerge'; readonly into: number; readonly ids: readonly number[] };

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('bulk' as const),
    action: fc.constantFrom('resolve', 'close', 'reopen'),
    ids: numbers,
  }),
  fc.record({ kind: fc.constant('undo' as const), n: fc.nat(5) }),
  fc.record({ kind: fc.constantFrom('merge', 'unmerge'), into: fc.integer({ min: 1, max: 6 }), ids: numbers }),
);

test('whatever is merged, unmerged, changed in bulk and undone: one level, nothing lost, each change counted', async () => {
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const from = round * 6;
      round += 1;
      await raise(from, from + 6);
      const nameOf = (n: number): string => `INC-${from + n}`;
      const parents = new Map<number, number>();
      const statuses = new Map(Array.from({ length: 6 }, (_, i) => [i + 1, 'unresolved']));
      const bulks: { id: string; before: Map<number, string>; at: Map<number, number>; isUndone: boolean }[] = [];
      const touched = new Map<number, number>();
      const touch = (n: number): void => void touched.set(n, (touched.get(n) ?? 0) + 1);
      for (const one of steps) {
        if (one.kind === 'bulk') {
          const before = new Map<number, string>();
          const next = {
            resolve: ['unresolved', 'resolved'],
            close: ['resolved', 'closed'],
            reopen: ['', 'unresolved'],
          }[one.action];
          for (const n of one.ids) {
            const now = statuses.get(n) ?? '';
            if (one.action === 'reopen' ? now === 'unresolved' : now !== next[0]) continue;
            before.set(n, now);
            statuses.set(n, next[1] ?? '');
            touch(n);
          }
          const answer = await bulk({ action: one.action, ids: one.ids.map(nameOf) });
          expect(answer['done']).toBe(before.size);
          const at = new Map([...before.keys()].map((n) => [n, touched.get(n) ?? 0]));
          bulks.push({ id: String(answer['bulk_id']), before, at, isUndone: false });
        } else if (one.kind === 'undo') {
          const target = bulks[one.n];
          if (target === undefined) continue;
          const answer = await world.order(`POST Incidents/bulk/${target.id}/undo`, { incident_user_id: user });
          expect(answer['success']).toBe(!target.isUndone);
          if (target.isUndone) continue;
          target.isUndone = true;
          for (const [n, status] of target.before) {
            if (touched.get(n) !== target.at.get(n)) continue;
            statuses.set(n, status);
            touch(n);
          }
        } else {
          const data = { incident_user_id: user, ids: one.ids.map(nameOf) };
          const answer = await world.order(`POST Incidents/${nameOf(one.into)}/${one.kind}`, data);
          const hasChildren = (n: number): boolean => [...parents.values()].includes(n);
          const may =
            one.kind === 'merge'
              ? !parents.has(one.into) && one.ids.every((n) => n !== one.into && !parents.has(n) && !hasChildren(n))
              : one.ids.every((n) => parents.get(n) === one.into);
          expect(answer['success']).toBe(may);
          if (!may) continue;
          for (const n of [one.into, ...one.ids]) touch(n);
          for (const n of one.ids) {
            if (one.kind === 'merge') parents.set(n, one.into);
            else parents.delete(n);
          }
        }
      }
      const rows = (await list()).slice(0, 6).reverse();
      const ids = new Map(rows.map((row, i) => [String(row['id']), i + 1]));
      for (const [i, row] of rows.entries()) {
        expect(row['number']).toBe(nameOf(i + 1));
        expect(row['status']).toBe(statuses.get(i + 1));
        expect(ids.get(String(row['merged_into']))).toBe(parents.get(i + 1));
        expect(row['commentscount']).toBe(touched.get(i + 1) ?? 0);
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('timeline, audit, related incidents, metrics and saved filters', async () => {
  await raise(0, 4);
  await world.order('POST Incidents/INC-1/resolve', { incident_user_id: user });
  await world.order('POST Incidents/INC-2/disposition', { incident_user_id: user, disposition: 'false_positive' });
  const timeline = listOf(await world.call('GET Incidents/INC-1/timeline'));
  expect(timeline.map((row) => row['kind'])).toEqual(['events', 'change', 'comment', 'change']);
  expect(timeline.slice(-2).map((row) => row['who'])).toEqual(['admin', 'admin']);
  expect(listOf(await world.call('GET Incidents/INC-1/audit')).map((row) => row['action'])).toEqual([
    'incident resolved',
    'incident raised',
  ]);
  const related = listOf(await world.call('GET Incidents/INC-1/related?by=rule'));
  expect(related.map((row) => row['number'])).toEqual(['INC-4', 'INC-3', 'INC-2']);
  expect(related[0]).toMatchObject({ because: ['Unusual_Login_Time'] });
  const byEntity = listOf(await world.call('GET Incidents/INC-1/related?by=entity'));
  expect(byEntity.map((row) => [row['number'], row['because']])).toEqual([['INC-3', ['user:user 0']]]);
  expect((await list('entity=user:user%201')).map((row) => row['number'])).toEqual(['INC-4', 'INC-2']);
  expect((await list('entity=user%201&risk=low')).map((row) => row['number'])).toEqual(['INC-4', 'INC-2']);
  expect((await list('entity=host:user%201')).map((row) => row['number'])).toEqual([]);
  expect((await list('q=user%200')).map((row) => row['number'])).toEqual(['INC-3', 'INC-1']);
  const metrics = await world.call('GET Incidents/metrics?by=rule');
  expect(metrics.body).toMatchObject({
    by: 'rule',
    rows: [{ incidents: 4, unresolved: 3, resolved: 1, acknowledged: 2, false_positive_ratio: 1 }],
    isCut: false,
  });
  const names = async (by: string) => {
    const { body } = await world.call(`GET Incidents/metrics?by=${by}`);
    return isJsonObject(body) ? rowsOf(body).map((row) => row['name']) : [];
  };
  expect([await names('assignee'), await names('logpoint')]).toEqual([['admin'], ['acme-lp']]);
  expect(await world.store.read(incidentsCounts, {})).toMatchObject({
    clocksRunning: 0,
    breached: 0,
    lastDay: { raised: 4 },
  });
  const saved = await world.order('POST SavedFilters', { name: 'mine', filter: { risk: ['high'] }, shared: true });
  expect(listOf(await world.call('GET SavedFilters'))).toMatchObject([{ id: saved['id'], name: 'mine', shared: true }]);
  const refused = await world.order('POST SavedFilters', { name: 'mine', filter: {} });
  expect(refused).toMatchObject({ success: false, message: 'name "mine" is taken' });
  await world.order(`DELETE SavedFilters/${String(saved['id'])}`);
  expect(listOf(await world.call('GET SavedFilters'))).toEqual([]);
  const other = { tenant: world.other, token: world.other.issued.token };
  for (const path of ['timeline', 'audit', 'related']) {
    const [row] = await list();
    expect((await world.call(`GET Incidents/${String(row?.['id'])}/${path}`, undefined, other)).status).toBe(404);
  }
});
