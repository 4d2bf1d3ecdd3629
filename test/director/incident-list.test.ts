import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Command, command } from '../../src/control/control-store.ts';
import { raiseIncident } from '../../src/incidents/raise-incident.ts';
import type { AlertRule } from '../../src/rules/alert-rule.ts';
import type { Firing } from '../../src/rules/firing.ts';
import { aFiring, aRule, objectId } from '../incidents/world.ts';
import { type DirectorWorld, listOf, openDirectorWorld, type Tenant } from './director-world.ts';

const raise = command('test.raiseList', (tx, input: { rule: AlertRule; firing: Firing }) =>
  raiseIncident(tx, input.firing, input.rule, []),
);

let world: DirectorWorld;
const T0 = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

async function raiseIn(tenant: Tenant, n: number, part: Partial<AlertRule> = {}): Promise<string> {
  const logpointId = tenant.logpoint.id;
  const rule = aRule({ id: objectId(n % 3), logpointId, ownerId: tenant.admin.id, name: `Rule ${n % 3}`, ...part });
  const firing = aFiring({ key: `k${n}`, logpointId, ruleId: rule.id, detectedAtMs: T0 + n * 1000 });
  return world.store.write(raise, { rule, firing });
}

beforeAll(async () => {
  world = await openDirectorWorld([raise as Command<never, unknown>]);
  for (let n = 0; n < 12; n++) await raiseIn(world.acme, n, { risk: n % 2 === 0 ? 'high' : 'low' });
  await raiseIn(world.other, 1);
});
afterAll(() => world.close());

test('light rows come newest first, page by page, with a total on request', async () => {
  const first = await world.call('GET Incidents?limit=5&total=true');
  expect(first.headers['x-total-count']).toBe('12');
  expect(listOf(first).map((row) => row['number'])).toEqual(['INC-12', 'INC-11', 'INC-10', 'INC-9', 'INC-8']);
  expect(listOf(first)[0]).toMatchObject({
    name: 'Rule 2',
    status: 'unresolved',
    risk: 'low',
    rule_id: objectId(2),
    disposition: null,
    sla: null,
    merged_into: null,
    entities: [],
    lastaction: null,
  });
  const next = await world.call(`GET Incidents?limit=50&cursor=${String(first.headers['x-next-cursor'])}`);
  expect(listOf(next).map((row) => row['number'])).toEqual([
    'INC-7',
    'INC-6',
    'INC-5',
    'INC-4',
    'INC-3',
    'INC-2',
    'INC-1',
  ]);
  expect(next.headers['x-next-cursor']).toBeUndefined();
});

test('filters of the query string: values with commas or repeated, text, number, rule', async () => {
  const numbers = async (query: string) =>
    listOf(await world.call(`GET Incidents?${query}`)).map((row) => row['number']);
  expect(await numbers('risk=high&limit=2')).toEqual(['INC-11', 'INC-9']);
  expect((await numbers('risk=high,low')).length).toBe(12);
  expect((await numbers('risk=high&risk=low')).length).toBe(12);
  expect(await numbers('q=INC-3')).toEqual(['INC-3']);
  expect(await numbers('q=rule%202&limit=2')).toEqual(['INC-12', 'INC-9']);
  expect(await numbers(`rule=${objectId(1)}&risk=high`)).toEqual(['INC-11', 'INC-5']);
  expect((await world.call('GET Incidents?status=open')).status).toBe(400);
  expect((await world.call('GET Incidents?assignee=me')).status).toBe(400);
  expect((await numbers(`assignee=me&user_id=${world.acme.admin.id}`)).length).toBe(12);
  expect(await numbers(`start_date=${T0 / 1000 + 3}&end_date=${T0 / 1000 + 4}`)).toEqual(['INC-5', 'INC-4']);
  expect(await numbers('sla=breached')).toEqual([]);
  expect(await numbers('disposition=benign')).toEqual([]);
  expect(await numbers('entity=user:root')).toEqual([]);
  expect((await numbers('disposition=none&merged=no')).length).toBe(12);
});

test('facets and histogram count what the list shows', async () => {
  const { body } = await world.call('GET Incidents/facets?risk=high');
  expect(body).toMatchObject({
    status: { unresolved: 6, resolved: 0, closed: 0 },
    risk: { low: 0, medium: 0, high: 6, critical: 0 },
    total: 6,
    isCut: false,
  });
  const bars = await world.call(
    `GET Incidents/histogram?start_date=${T0 / 1000}&end_date=${T0 / 1000 + 11}&buckets=12`,
  );
  expect(bars.body).toMatchObject({ from: T0 / 1000, step_s: 1, isCut: false });
  const { buckets } = bars.body as { buckets: { at: number; low: number; high: number }[] };
  expect(buckets.map(({ low, high }) => low + high)).toEqual(Array.from({ length: 12 }, () => 1));
});

test('one incident is found by id and by number, and only in its own logpoint', async () => {
  const [row] = listOf(await world.call('GET Incidents?limit=1'));
  const byId = await world.call(`GET Incidents/${String(row?.['id'])}`);
  const byNumber = await world.call('GET Incidents/INC-12');
  expect(byNumber.body).toEqual(byId.body);
  expect(byId.body).toMatchObject({
    number: 'INC-12',
    children: [],
    entities: [],
    rule: { name: 'Rule 2', is_gone: true },
  });
  const other = { tenant: world.other, token: world.other.issued.token };
  expect((await world.call(`GET Incidents/${String(row?.['id'])}`, undefined, other)).status).toBe(404);
  expect(listOf(await world.call('GET Incidents', undefined, other)).length).toBe(1);
});

test('a verb takes the number of an incident as well as its id', async () => {
  const done = await world.order('POST Incidents/INC-4/resolve', { incident_user_id: world.acme.admin.id });
  expect(done).toMatchObject({ success: true });
  expect((await world.call('GET Incidents/INC-4')).body).toMatchObject({ status: 'resolved' });
});

/** Reads a feed until `count` events came; the answer is closed then. */
function follow(url: string, token: string, lastEventId: string | null, count: number, onOpen: () => Promise<unknown>) {
  return new Promise<{ status: number; events: { id: string; event: string; data: Record<string, unknown> }[] }>(
    (resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
      };
      const call = httpRequest(url, { headers }, (answer) => {
        let text = '';
        const events: { id: string; event: string; data: Record<string, unknown> }[] = [];
        answer.setEncoding('utf8');
        if (answer.statusCode !== 200) {
          answer.resume();
          return resolve({ status: answer.statusCode ?? 0, events });
        }
        if (lastEventId !== null) onOpen().catch(reject);
        let isOpen = lastEventId !== null;
        answer.on('data', (part: string) => {
          if (!isOpen) {
            isOpen = true;
            onOpen().catch(reject);
          }
          text += part;
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) {
            const fields = new Map(
              block.split('\n').map((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
            );
            const data = fields.get('data');
            if (data !== undefined)
              events.push({ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) });
          }
          if (events.length >= count) {
            call.destroy();
            resolve({ status: 200, events });
          }
        });
      });
      call.on('error', (error) => (call.destroyed ? undefined : reject(error)));
      call.end();
    },
  );
}

test('the feed tells of changes as they happen, resumes behind a number, and says when it cannot', async () => {
  const base = await world.listen();
  const { pool, logpoint, issued, admin } = world.acme;
  const url = `${base}/events/${pool.id}/${logpoint.id}`;
  const resolve = () => world.order('POST Incidents/INC-5/resolve', { incident_user_id: admin.id });
  const live = await follow(url, issued.token, null, 2, resolve);
  const [first, second] = live.events;
  expect(first).toMatchObject({ event: 'incident', data: { type: 'incident', action: 'resolved' } });
  expect(second).toMatchObject({ event: 'order', data: { action: 'done' } });
  const nothing = async () => {};
  const again = await follow(url, issued.token, first?.id ?? '', 1, nothing);
  expect(again.events).toEqual([second]);
  const beyond = await follow(url, issued.token, '999999', 1, nothing);
  expect(beyond.events[0]).toMatchObject({ event: 'reset' });
  // A tenant's feed is for those who may read it.
  expect((await follow(url, world.other.issued.token, null, 1, nothing)).status).toBe(403);
  expect((await follow(url, 'nonsense', null, 1, nothing)).status).toBe(401);
  const otherUrl = `${base}/events/${world.other.pool.id}/${world.other.logpoint.id}`;
  const others = await follow(otherUrl, world.other.issued.token, '0', 1, nothing);
  expect(others.events.every(({ data }) => data['action'] !== 'resolved')).toBe(true);
});
