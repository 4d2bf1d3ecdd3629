import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { isJsonObject } from '../../src/shared/json.ts';
import { listOf } from '../director/director-world.ts';
import { ask, openWalls, pathOf, type Walls } from './walls-world.ts';

let walls: Walls;
beforeEach(async () => {
  walls = await openWalls();
});
afterEach(() => walls.close());

/** Rows of the store that concern another tenant than acme. */
async function foreignRows(): Promise<readonly string[]> {
  const { acme, sibling } = walls;
  const tables = await walls.dump();
  return Object.entries(tables)
    .filter(([table]) => !['orders', 'console_tokens', 'console_sessions', 'login_attempts'].includes(table))
    .flatMap(([table, rows]) => rows.map((row) => `${table} ${row}`))
    .filter((row) => !row.includes(acme.logpoint.id) && !row.includes(acme.pool.id) && !row.includes(sibling.id))
    .filter((row) => row.includes(walls.other.logpoint.id) || row.includes(walls.other.pool.id));
}

/** Ids of everything that the other tenant has. */
async function foreignIds(): Promise<readonly string[]> {
  const found = new Set<string>([walls.other.admin.id]);
  for (const list of [
    'Users',
    'UserGroups',
    'IncidentUserGroups',
    'Repos',
    'LogSources',
    'Lists',
    'LabelPackages',
    'AlertRules',
  ]) {
    const answer = await walls.call(`GET ${list}`, undefined, { tenant: walls.other });
    for (const row of listOf(answer)) if (typeof row['id'] === 'string') found.add(row['id']);
  }
  return [...found];
}

const EXTRA: JsonObject = Object.fromEntries(
  [
    '_id',
    'tid',
    'pool_uuid',
    'logpoint_id',
    'logpointId',
    'owner_id',
    'created_by',
    'role',
    'roles_json',
    'password_hash',
    'passwordHash',
    'access_key_hash',
    'accessKeySealed',
    'token_hash',
    'lpadmin_json',
    'is_built_in',
    'builtIn',
    'vendor_id',
    'path',
    'file',
    'actor',
    'actor_name',
    'created_at_ms',
    'version',
    'match_version',
    'hash',
    'prev_hash',
    'oidc_subject',
    'totp_active',
    'constructor',
    'toString',
    'hasOwnProperty',
  ].map((key) => [key, `canary-${key}`]),
);

test('an object of another tenant is unknown to every operation, and stays as it is', {
  timeout: 240_000,
}, async () => {
  const { acme, credentials } = walls;
  const ids = await foreignIds();
  expect(ids.length).toBeGreaterThan(5);
  const before = await foreignRows();
  const wrong: string[] = [];
  const routes = walls.routes.filter(
    ({ path, permission, isStream }) =>
      !isStream &&
      (permission === 'read' || permission === 'write') &&
      path.replace(/\{(pool|logpoint)\}/g, '').includes('{'),
  );
  for (const route of routes) {
    for (const id of ids) {
      const got = await ask(walls, route, pathOf(route, acme.pool.id, acme.logpoint.id, id), credentials.root);
      if (got.status >= 500 || got.status === 403)
        wrong.push(`${route.name} ${id}: ${got.status} ${got.text.slice(0, 80)}`);
      if (route.method === 'GET' && got.status === 200 && got.text !== '[]' && !route.path.includes('orders')) {
        if (got.text.includes(id)) wrong.push(`${route.name} shows ${id}: ${got.text.slice(0, 120)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(await foreignRows()).toEqual(before);
});

test('keys that no operation names are stored nowhere and change nothing of others', { timeout: 240_000 }, async () => {
  const { acme, other, credentials } = walls;
  const before = await foreignRows();
  const wrong: string[] = [];
  for (const route of walls.routes.filter(({ permission }) =>
    ['read', 'write', 'operate', 'session'].includes(permission),
  )) {
    if (route.method === 'GET' || route.isStream || route.path === '/auth/logout') continue;
    const given = route.body ?? {};
    const data = isJsonObject(given['data']) ? given['data'] : null;
    const more = { ...EXTRA, id: other.admin.id, pool: other.pool.id, logpoint: other.logpoint.id };
    const body = data === null ? { ...more, ...given } : { ...more, ...given, data: { ...more, ...data } };
    const got = await ask(
      walls,
      route,
      pathOf(route, acme.pool.id, acme.logpoint.id, acme.admin.id),
      credentials.root,
      body,
    );
    if (got.status >= 500) wrong.push(`${route.name}: ${got.status}`);
  }
  const tables = await walls.dump();
  for (const [table, rows] of Object.entries(tables)) {
    // An order, and the audit of a refused one, keep what was asked as it was asked, with secrets redacted.
    if (table === 'orders') continue;
    const stained = rows.filter((row) => row.includes('canary-') && !row.includes('"order refused"'));
    if (stained.length > 0) wrong.push(`${table}: ${stained[0]?.slice(0, 300)}`);
  }
  expect(wrong).toEqual([]);
  expect(await foreignRows()).toEqual(before);
});

test('the acting user never gives more than the caller has', async () => {
  const { acme, other, call, order } = walls;
  const readonly = await walls.token('readonly');
  const asAdmin = { incident_user_id: acme.admin.id };
  const id = '0'.repeat(24);
  for (const verb of ['resolve', 'close', 'reopen', 'comment', 'reassign']) {
    const data = { ...asAdmin, comment: 'x', new_assignee: acme.admin.id };
    expect((await call(`POST Incidents/${id}/${verb}`, data, { token: readonly })).status).toBe(403);
    // A user of another tenant is no user here, whatever rights the user has there.
    const answer = await order(`POST Incidents/${id}/${verb}`, { ...data, incident_user_id: other.admin.id });
    expect(answer['success']).toBe(false);
  }
});
