import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, openWalls, pathOf, type Route, type Walls } from './walls-world.ts';

// Every documented route, asked by every kind of caller for every kind of tenant. A route that is added is in it.

let walls: Walls;
beforeAll(async () => {
  walls = await openWalls();
});
afterAll(() => walls.close());

type Caller = keyof Walls['credentials'] | 'cookie' | 'bareCookie';
type Where = 'own' | 'sibling' | 'foreign' | 'mixed' | 'unknown';

const TENANT = new Set(['read', 'write', 'ingest']);
const ALL_POOLS = new Set<Caller>(['root', 'admin']);

/** What must come: a status, or `in` for a caller who is let in to whatever the route then answers. */
function expected(route: Route, caller: Caller, where: Where): number | 'in' {
  const { permission, method } = route;
  if (permission === 'public') return 'in';
  const isChange = method !== 'GET';
  if (caller === 'bareCookie' && isChange) return 403;
  if (['none', 'unknown', 'malformed', 'revoked', 'deadCookie'].includes(caller)) {
    // A dead cookie on a change lacks the console's header, too, which is found first.
    return caller === 'deadCookie' && isChange ? 403 : 401;
  }
  const isCookie = caller === 'cookie' || caller === 'bareCookie';
  if (permission === 'session') return isCookie ? 'in' : 403;
  if (permission === 'operate') return ALL_POOLS.has(caller) ? 'in' : 403;
  if (!TENANT.has(permission)) return 'in';
  const isAcme = caller === 'engineer' || caller === 'readonly' || isCookie;
  const mayReach = ALL_POOLS.has(caller) || (where === 'foreign' ? caller === 'foreignEngineer' : isAcme);
  if (where === 'unknown') return 404;
  if (!mayReach) return 403;
  if (permission !== 'read' && (caller === 'readonly' || isCookie)) return 403;
  // A logpoint of another pool is unknown in this one, whoever asks.
  return where === 'mixed' ? 404 : 'in';
}

const idsOf = (where: Where): readonly [string, string] => {
  const { acme, other, sibling } = walls;
  if (where === 'own') return [acme.pool.id, acme.logpoint.id];
  if (where === 'sibling') return [acme.pool.id, sibling.id];
  if (where === 'foreign') return [other.pool.id, other.logpoint.id];
  if (where === 'mixed') return [acme.pool.id, other.logpoint.id];
  return ['f'.repeat(32), acme.logpoint.id];
};

const CALLERS: readonly Caller[] = [
  'none',
  'unknown',
  'malformed',
  'revoked',
  'deadCookie',
  'bareCookie',
  'cookie',
  'readonly',
  'engineer',
  'foreignEngineer',
  'admin',
  'root',
];
const WHERE: readonly Where[] = ['own', 'sibling', 'foreign', 'mixed', 'unknown'];

test('every route answers every caller for every tenant as its permission says', async () => {
  const session = await walls.login('rita');
  const headersOf = (caller: Caller): Readonly<Record<string, string>> => {
    if (caller === 'cookie') return { cookie: session, 'x-tocsin-console': '1' };
    if (caller === 'bareCookie') return { cookie: session };
    return walls.credentials[caller];
  };
  const wrong: string[] = [];
  let cells = 0;
  const routes = walls.routes.filter(({ permission }) => permission !== 'access-key' && permission !== 'signed');
  for (const route of routes) {
    for (const where of route.path.includes('{pool}') ? WHERE : (['own'] as const)) {
      for (const caller of CALLERS) {
        const must = expected(route, caller, where);
        // Whoever is let in here would wait for ever, or end the session of the test (a login replaces it).
        if (must === 'in' && (route.isStream || ['/auth/logout', '/auth/login'].includes(route.path))) continue;
        cells += 1;
        const got = await ask(walls, route, pathOf(route, ...idsOf(where)), headersOf(caller));
        const isRight =
          must === 'in'
            ? ![401, 403].includes(got.status) && (got.status < 500 || isWithoutEvents(route, got.status))
            : got.status === must && got.body['status'] === 'Error' && typeof got.body['message'] === 'string';
        const isExempt = must === 'in' && isOwnRefusal(route);
        if (!isRight && !isExempt)
          wrong.push(`${route.name} ${caller} ${where}: ${got.status}, not ${must} ${got.text.slice(0, 90)}`);
        if (must === 401 && got.headers['www-authenticate'] !== 'Bearer') wrong.push(`${route.name}: no challenge`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(routes.length).toBeGreaterThan(150);
  expect(cells).toBeGreaterThan(5000);
});

/** Sign-in answers 401 and 403 by itself: that is what it is for. */
const isOwnRefusal = ({ path, name }: Route): boolean =>
  path.startsWith('/auth/') || path === '/refreshToken' || OF_ROOT.has(name);

/** The world of this test has no event store, and a read of it says so. */
const isWithoutEvents = ({ name }: Route, status: number): boolean =>
  status === 503 && name === 'GET /configapi/{pool}/{logpoint}/Repos/sizes';

/** The body asks for the role root, which only root gives. */
const OF_ROOT = new Set(['POST /tokens', 'POST /accounts']);

test('the public routes are these and no others', () => {
  const open = walls.routes.filter(({ permission }) => permission === 'public').map(({ name }) => name);
  expect(open.sort()).toEqual([
    'GET /auth/methods',
    'GET /auth/oidc/{id}/callback',
    'GET /auth/oidc/{id}/start',
    'GET /healthz',
    'GET /readyz',
    'POST /auth/login',
    'POST /refreshToken',
  ]);
});

test('no header, query or body names the tenant', async () => {
  const { acme, other, credentials } = walls;
  const route = walls.routes.find(({ name }) => name === 'GET /configapi/{pool}/{logpoint}/Users');
  if (route === undefined) throw new Error('the route is gone');
  const url = pathOf(route, acme.pool.id, acme.logpoint.id);
  const own = (await ask(walls, route, url, credentials.engineer)).text;
  for (const name of [
    'x-tenant-id',
    'x-pool',
    'x-logpoint',
    'x-forwarded-host',
    'host',
    'x-original-url',
    'x-rewrite-url',
  ]) {
    for (const value of [other.pool.id, other.logpoint.id, `/configapi/${other.pool.id}/${other.logpoint.id}/Users`]) {
      const got = await ask(walls, route, url, { ...credentials.engineer, [name]: value });
      expect([name, got.text]).toEqual([name, own]);
    }
  }
  const asked = await ask(
    walls,
    route,
    `${url}?pool=${other.pool.id}&logpoint=${other.logpoint.id}`,
    credentials.engineer,
  );
  expect(asked.text).toBe(own);
});
