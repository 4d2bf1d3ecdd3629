import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { type DirectorWorld, listOf, openDirectorWorld, rowsOf } from './director-world.ts';

let world: DirectorWorld;
beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T00:00:00Z'), toFake: ['Date'] });
  world = await openDirectorWorld();
});
afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

const NAMES = ['zeta', 'alpha', 'omega', 'beta', 'gamma'];
const rule = (name: string): JsonObject => ({
  searchname: name,
  owner: world.acme.admin.id,
  risk: 'low',
  query: 'user=anna',
  repos: ['default'],
  timerange_minute: 5,
  condition_option: 'greaterthan',
  condition_value: 0,
  limit: 25,
  aggregate: 'max',
});

/** How five more rows of each list are made, and how one of them is changed afterwards. */
const LISTS: Readonly<Record<string, { make(name: string): JsonObject; edit: JsonObject; fetch?: string }>> = {
  Users: {
    make: (name) => ({
      username: name,
      email: `${name}@example.org`,
      firstname: name,
      lastname: name,
      password: 'long enough 1',
      usergroup: [],
    }),
    edit: { firstname: 'other' },
    fetch: 'Users/fetch',
  },
  UserGroups: { make: (name) => ({ name }), edit: { description: 'other' }, fetch: 'UserGroups/fetch' },
  PermissionGroups: {
    make: (name) => ({ name, description: '', permissions: [{ entity: 'Users', permission: 'READ' }] }),
    edit: { description: 'other' },
    fetch: 'PermissionGroups/fetch',
  },
  LogSources: { make: (name) => ({ name }), edit: { description: 'other' }, fetch: 'LogSources/fetch' },
  Repos: { make: (name) => ({ name, retention: 30 }), edit: { retention: 31 }, fetch: 'Repos/fetch' },
  Lists: { make: (name) => ({ name, type: 'static', items: ['x'] }), edit: { items: ['y'] }, fetch: 'Lists/fetch' },
  LabelPackages: {
    make: (name) => ({ name, definitions: [{ query: 'user=x', labels: ['L'] }] }),
    edit: { active: false },
    fetch: 'LabelPackages/fetch',
  },
  Exceptions: {
    make: (name) => ({ name, query: 'user=x', owner: world.acme.admin.id, reason: 'a test' }),
    edit: { reason: 'another' },
  },
  AlertRules: { make: rule, edit: { description: 'other' }, fetch: 'AlertRules/MyAlertRules/fetch' },
};

async function fill(path: string): Promise<string[]> {
  const known = listOf(await world.call('GET UserGroups'))[0]?.['id'] ?? '';
  for (const name of NAMES) {
    const made = LISTS[path]?.make(name) ?? {};
    const response = await world.order(`POST ${path}`, path === 'Users' ? { ...made, usergroup: [known] } : made);
    expect(response).toMatchObject({ success: true });
  }
  return listOf(await world.call(`GET ${path}`)).map(({ id }) => String(id));
}

async function readInPages(path: string, query = ''): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await world.call(`GET ${path}?limit=2${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(listOf(page).length).toBeLessThanOrEqual(2);
    seen.push(...listOf(page).map(({ id }) => String(id)));
    if (page.headers['x-next-cursor'] === undefined) return seen;
    cursor = String(page.headers['x-next-cursor']);
  }
}

test.each(Object.keys(LISTS))('%s come in pages, counted on request, and as what changed since', async (path) => {
  const all = await fill(path);
  expect(await readInPages(path)).toEqual([...all].sort());
  const counted = await world.call(`GET ${path}?limit=1&total=true`);
  expect(counted.headers).toMatchObject({ 'x-total-count': String(all.length), etag: expect.stringMatching(/^W/) });

  vi.setSystemTime(Date.parse('2026-03-01T01:00:00Z'));
  const since = Date.now() / 1000;
  expect(listOf(await world.call(`GET ${path}?updated_since=${since}`))).toEqual([]);
  const own = listOf(await world.call(`GET ${path}`)).find(
    (row) => row['name'] === 'beta' || row['username'] === 'beta',
  );
  const { make, edit } = LISTS[path] ?? { make: () => ({}), edit: {} };
  const whole = path === 'AlertRules' || path === 'Exceptions' ? { ...make('beta'), ...edit } : edit;
  expect(await world.order(`PUT ${path}/${String(own?.['id'])}`, whole)).toMatchObject({ success: true });
  const changed = await world.call(`GET ${path}?updated_since=${since}&total=true`);
  expect(listOf(changed).map(({ id }) => id)).toEqual([own?.['id']]);
  expect(changed.headers['x-total-count']).toBe('1');
});

test.each(Object.entries(LISTS).flatMap(([path, { fetch }]) => (fetch === undefined ? [] : [[path, fetch]])))(
  'the fetch of %s takes limit, cursor, total and updated_since',
  async (path, fetch) => {
    const all = await fill(path);
    const whole = await world.order(`POST ${fetch}`);
    expect(rowsOf(whole).map(({ id }) => id)).toEqual(expect.arrayContaining(all));
    expect(whole).not.toHaveProperty('next_cursor');
    const seen: unknown[] = [];
    for (let cursor: unknown; ; ) {
      const data = { limit: 2, total: true, ...(cursor === undefined ? {} : { cursor: String(cursor) }) };
      const page = await world.order(`POST ${fetch}`, data);
      expect(page['total']).toBe(all.length);
      seen.push(...rowsOf(page).map(({ id }) => id));
      cursor = page['next_cursor'];
      if (cursor === undefined) break;
    }
    expect(seen).toEqual([...all].sort());
    const later = Math.ceil(Date.now() / 1000) + 60;
    expect(rowsOf(await world.order(`POST ${fetch}`, { updated_since: later }))).toEqual([]);
    expect(await world.order(`POST ${fetch}`, { cursor: 'x' })).toMatchObject({ success: false });
  },
);

test('rules that a text or a log source chooses come in pages, too', async () => {
  await fill('AlertRules');
  await world.order('POST AlertRules', { ...rule('tagged one'), log_source: ['fw'] });
  await world.order('POST AlertRules', { ...rule('tagged two'), log_source: ['fw'] });
  const tagged = listOf(await world.call('GET AlertRules?q=tagged')).map(({ id }) => String(id));
  expect(tagged).toHaveLength(2);
  const page = await world.call('GET AlertRules?q=tagged&limit=1&total=true');
  expect(page.headers).toMatchObject({ 'x-total-count': '2', 'x-next-cursor': [...tagged].sort()[0] });
  const fetched = await world.order('POST AlertRules/MyAlertRules/fetch', {
    log_source: ['fw'],
    limit: 1,
    total: true,
  });
  expect(fetched).toMatchObject({ total: 2, next_cursor: [...tagged].sort()[0] });
});

test('a search of rules takes every sign as it is, in any case', async () => {
  for (const name of ['Up 50%_Ü', 'up 50 ü', 'back\\slash']) await world.order('POST AlertRules', rule(name));
  const found = async (q: string) =>
    listOf(await world.call(`GET AlertRules?q=${encodeURIComponent(q)}`)).map(({ name }) => name);
  expect(await found('50%_ü')).toEqual(['Up 50%_Ü']);
  expect(await found('K\\SLASH')).toEqual(['back\\slash']);
  expect(await found('Ü')).toEqual(['Up 50%_Ü', 'up 50 ü']);
  expect(await found('%')).toEqual(['Up 50%_Ü']);
});

test('tokens, accounts and saved filters come in pages', async () => {
  for (const name of NAMES) {
    await world.order('POST SavedFilters', { name, filter: {} });
    await world.token('readonly');
  }
  const mine = listOf(await world.call('GET SavedFilters')).map(({ id }) => String(id));
  expect(await readInPages('SavedFilters')).toEqual([...mine].sort());
  const options = { token: await world.token('admin') };
  const tokens = listOf(await world.call('GET /tokens', undefined, options));
  const page = await world.call('GET /tokens?limit=3&total=true', undefined, options);
  expect(listOf(page)).toHaveLength(3);
  expect(page.headers['x-total-count']).toBe(String(tokens.length));
  expect((await world.call('GET /accounts?limit=1&total=true', undefined, options)).headers['x-total-count']).toBe('1');
});
