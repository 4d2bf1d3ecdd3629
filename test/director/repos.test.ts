import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { emptyEventStore } from '../../src/events/empty-event-store.ts';
import type { EventStore } from '../../src/events/event-store.ts';
import { startRepoDrops } from '../../src/retention.ts';
import { repoDropsList, reposFind } from '../../src/tenancy/registry.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

let world: DirectorWorld;
beforeAll(async () => {
  world = await openDirectorWorld();
});
afterAll(() => world.close());

const addRepo = async (name: string): Promise<string> => String((await world.order('POST Repos', { name }))['id']);

test('a repo gets another retention and keeps its name', async () => {
  const id = await addRepo('firewalls');
  expect(await world.order(`PUT Repos/${id}`, { retention: 30, name: 'other' })).toMatchObject({ success: true });
  expect((await world.call(`GET Repos/${id}`)).body).toMatchObject({ name: 'firewalls', retention: 30 });
  expect(await world.order(`PUT Repos/${id}`, { retention: 0 })).toMatchObject({
    validationErrors: { retention: ['1 to 3650 days were expected, got 0'] },
  });
  expect((await world.call(`PUT Repos/${id}`, {})).status).toBe(400);
});

test('a built-in repo and one that a rule uses stay', async () => {
  const id = await addRepo('needed');
  const rule = {
    searchname: 'needs it',
    owner: world.acme.admin.id,
    repos: ['needed'],
    limit: 10,
    timerange_minute: 5,
    condition_option: 'greaterthan',
    condition_value: 0,
    risk: 'high',
    aggregate: 'max',
  };
  const made = await world.order('POST AlertRules', rule);
  expect(await world.order(`DELETE Repos/${id}`)).toMatchObject({
    success: false,
    message: 'Repo needed is used by 1 alert rules: needs it',
  });
  expect((await world.call(`GET Repos/${id}`)).status).toBe(200);
  await world.order(`DELETE AlertRules/${String(made['id'])}`);
  expect(await world.order(`DELETE Repos/${id}`)).toMatchObject({ success: true, message: 'Repo needed deleted' });
  for (const repo of listOf(await world.call('GET Repos')).filter(({ built_in }) => built_in === true)) {
    const response = await world.order(`DELETE Repos/${String(repo['id'])}`);
    expect(response).toMatchObject({ success: false, message: expect.stringContaining('is built in') });
  }
});

test('events of a trashed repo are dropped however often it takes, and its name rests until then', async () => {
  const id = await addRepo('gone');
  await world.order(`DELETE Repos/${id}`);
  const logpointId = world.acme.logpoint.id;
  expect(await world.store.read(reposFind, { logpointId, nameOrAddress: 'gone' })).toBeNull();
  expect(await world.order('POST Repos', { name: 'Gone' })).toMatchObject({
    success: false,
    message: expect.stringContaining('being dropped'),
  });
  const asked: string[] = [];
  let isDown = true;
  const events: EventStore = {
    ...emptyEventStore,
    dropBefore: async (_logpoint, repo) => {
      asked.push(repo);
      if (isDown) throw new Error('the event store is down');
      return { dropped: 3 };
    },
  };
  const parts = { control: world.store, events, logger: pino({ level: 'silent' }) };
  await startRepoDrops(parts)();
  expect((await world.store.read(repoDropsList, {})).map(({ name }) => name)).toContain('gone');
  isDown = false;
  // What was accepted before the repo went may still arrive: dropped, but not forgotten.
  await startRepoDrops(parts)();
  expect((await world.store.read(repoDropsList, {})).map(({ name }) => name)).toContain('gone');
  const stop = startRepoDrops(parts, 0);
  await vi.waitFor(async () => expect(await world.store.read(repoDropsList, {})).toEqual([]));
  await stop();
  expect(asked.filter((name) => name === 'gone').length).toBeGreaterThanOrEqual(2);
  expect(await world.order('POST Repos', { name: 'Gone' })).toMatchObject({ success: true });
});

test('log sources come, change and go', async () => {
  const made = await world.order('POST LogSources', { name: 'Edge firewall', hosts: ['192.0.2.1', '198.51.100.0/24'] });
  const id = String(made['id']);
  expect((await world.call(`GET LogSources/${id}`)).body).toEqual({
    id,
    name: 'Edge firewall',
    description: '',
    hosts: ['192.0.2.1', '198.51.100.0/24'],
    tid: '',
  });
  expect(await world.order('POST LogSources', { name: 'EDGE firewall' })).toMatchObject({ success: false });
  expect(await world.order(`PUT LogSources/${id}`, { description: 'North', id: 'x' })).toMatchObject({ success: true });
  const networks = ['10.0.0.0/8', '::1', 'fe80::/10', 'srv_1', 'web*.example.org', '*'];
  expect(await world.order(`PUT LogSources/${id}`, { hosts: networks })).toMatchObject({ success: true });
  for (const wrong of [
    '10.0.0.0/33',
    'fe80::/129',
    '300.1.1.1',
    '10.0.0.1-10.0.0.9',
    'a..b',
    '-x',
    'x/8',
    '1/2/3',
    '',
  ]) {
    const refused = await world.order(`PUT LogSources/${id}`, { hosts: [wrong] });
    expect([wrong, refused['success']]).toEqual([wrong, false]);
  }
  expect(await world.order(`PUT LogSources/${id}`, { hosts: ['not a host'] })).toMatchObject({
    validationErrors: { hosts: [expect.stringContaining('not a host')] },
  });
  expect(await world.order('POST LogSources/refreshlist')).toMatchObject({ success: true, total: 1 });
  expect(rowsOf(await world.order('POST LogSources/fetch'))).toEqual(listOf(await world.call('GET LogSources')));
  expect(await world.order(`DELETE LogSources/${id}`)).toMatchObject({ success: true });
  expect((await world.call(`GET LogSources/${id}`)).status).toBe(404);
});

test('repos and log sources of another tenant are unknown, and a token that may only read changes nothing', async () => {
  const repo = await addRepo('walled');
  const source = String((await world.order('POST LogSources', { name: 'walled' }))['id']);
  const tenant = world.other;
  const calls = [
    [`PUT Repos/${repo}`, { retention: 1 }, 'Repo not found'],
    [`DELETE Repos/${repo}`, {}, 'Repo not found'],
    [`PUT LogSources/${source}`, { name: 'mine' }, 'Log source not found'],
    [`DELETE LogSources/${source}`, {}, 'Log source not found'],
  ] as const;
  const token = await world.token('readonly');
  for (const [call, data, message] of calls) {
    expect(await world.order(call, data, { tenant })).toMatchObject({ success: false, message });
    expect((await world.call(call, data, { token })).status).toBe(403);
  }
  expect((await world.call(`GET LogSources/${source}`, undefined, { tenant })).status).toBe(404);
  expect(listOf(await world.call('GET LogSources', undefined, { tenant }))).toEqual([]);
});
