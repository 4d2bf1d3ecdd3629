import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { OidcLogin, type OidcSettings } from '../../src/accounts/oidc-login.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { accountsCreate, accountsList } from '../../src/accounts/registry.ts';
import { createGuardedFetch } from '../../src/adapters/http/guarded-fetch.ts';
import { createEgressPolicy } from '../../src/notify/egress-policy.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

// A real provider on a socket of this machine; its own pages for development stand for the person who signs in.

/** The parameters of the documented Location. */
const document = JSON.parse(readFileSync('openapi.json', 'utf8'));
const { location } = document.paths['/auth/oidc/{id}/start'].get.responses[302].headers;
const DOCUMENTED = [...new URL(location.example).searchParams.keys()].sort();

const REDIRECT = 'http://tocsin.example/auth/oidc/oidc/callback';
const PEOPLE: Record<string, { preferred_username: string; name: string; groups: string[] }> = {
  lena: { preferred_username: 'lena', name: 'Lena Lead', groups: ['staff', 'soc-leads'] },
  axel: { preferred_username: 'axel', name: 'Axel Analyst', groups: ['acme-analysts'] },
  nora: { preferred_username: 'nora', name: 'Nora Nobody', groups: ['staff'] },
  ruth: { preferred_username: 'ruth', name: 'Not Ruth', groups: ['soc-leads'] },
};

let server: Server;
let issuer: string;
let world: DirectorWorld;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'tocsin',
        client_secret: 'a secret of the test',
        redirect_uris: [REDIRECT],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['preferred_username', 'name', 'groups'] },
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...PEOPLE[id] }),
    }),
  });
  server.on('request', provider.callback());
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const settings = (): OidcSettings => ({
  issuer,
  clientId: 'tocsin',
  clientSecret: 'a secret of the test',
  name: 'Acme SSO',
  redirectUri: REDIRECT,
  scope: 'openid profile',
  usernameClaim: 'preferred_username',
  roleClaim: 'groups',
  roles: [
    { group: 'soc-leads', role: 'admin', pools: [] },
    { group: 'acme-analysts', role: 'engineer', pools: ['acme'] },
  ],
});

async function open(allow: readonly string[]): Promise<DirectorWorld> {
  const oidc = new OidcLogin(settings(), createGuardedFetch(createEgressPolicy(allow)), Date.now);
  return openDirectorWorld([], undefined, { oidc });
}

beforeEach(async () => {
  world = await open(['127.0.0.1/32']);
});
afterEach(() => world.close());

type Browser = { readonly query: string; readonly binding: string };

/** Walks from the start to the address that the provider sends the browser back to. */
async function walk(person: string, returnTo = '/incidents'): Promise<Browser> {
  const start = await world.app.inject(`/auth/oidc/oidc/start?return=${encodeURIComponent(returnTo)}`);
  expect(start.statusCode).toBe(302);
  const binding = start.cookies.find(({ name }) => name === 'tocsin_oidc')?.value ?? '';
  const jar = new Map<string, string>();
  let url = String(start.headers.location);
  expect(new URL(url).searchParams.get('code_challenge_method')).toBe('S256');
  expect([...new URL(url).searchParams.keys()].sort()).toEqual(DOCUMENTED);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 20; step += 1) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === null ? {} : { method: 'POST', body: form }),
    });
    form = null;
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      jar.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) {
      const page = await answer.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
      const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
      if (action === '') throw new Error(`no form on the provider's page: ${page.slice(0, 500)}`);
      form = new URLSearchParams({ prompt, login: person, password: 'any' });
      url = new URL(action, url).href;
    } else if (location.startsWith(REDIRECT)) return { query: new URL(location).search, binding };
    else url = new URL(location, url).href;
  }
  throw new Error('the provider did not send the browser back');
}

const callback = ({ query, binding }: Browser) =>
  world.app.inject({ url: `/auth/oidc/oidc/callback${query}`, headers: { cookie: `tocsin_oidc=${binding}` } });

const sessionOf = (answer: Awaited<ReturnType<typeof callback>>): string =>
  answer.cookies.find(({ name }) => name === 'tocsin_session')?.value ?? '';

const me = (session: string) => world.app.inject({ url: '/auth/me', headers: { cookie: `tocsin_session=${session}` } });

test('a person with a mapped group is signed in, with role and pools after the claims', async () => {
  expect((await world.app.inject('/auth/methods')).json()).toEqual({
    password: true,
    oidc: [{ id: 'oidc', name: 'Acme SSO' }],
  });
  const answer = await callback(await walk('axel'));
  expect([answer.statusCode, answer.headers.location]).toEqual([302, '/incidents']);
  expect((await me(sessionOf(answer))).json()).toMatchObject({
    account: { username: 'axel', name: 'Axel Analyst', role: 'engineer', pools: [world.acme.pool.id], oidc: issuer },
  });
  const lead = (await me(sessionOf(await callback(await walk('lena'))))).json();
  expect(lead).toMatchObject({ account: { role: 'admin', pools: null } });
});

test('a second login finds the same account, and follows a change of the groups', async () => {
  const first = sessionOf(await callback(await walk('lena')));
  PEOPLE['lena'] = { preferred_username: 'lena', name: 'Lena Lead', groups: ['acme-analysts'] };
  const second = sessionOf(await callback(await walk('lena')));
  PEOPLE['lena'] = { preferred_username: 'lena', name: 'Lena Lead', groups: ['soc-leads'] };
  expect((await me(second)).json()).toMatchObject({ account: { role: 'engineer', pools: [world.acme.pool.id] } });
  expect((await me(first)).statusCode).toBe(401);
  expect((await world.store.read(accountsList, {})).filter(({ username }) => username === 'lena')).toHaveLength(1);
});

test('a person without a mapped group is denied and gets no account', async () => {
  const answer = await callback(await walk('nora'));
  expect([answer.statusCode, answer.json().message]).toEqual([403, 'the identity has no role here']);
  expect((await world.store.read(accountsList, {})).map(({ username }) => username)).not.toContain('nora');
});

test('a name that another account has is not taken over', async () => {
  const passwordHash = await hashPassword('correct horse battery');
  const operator = { role: 'root' } as const;
  const by = { actor: 'setup' };
  await world.store.write(accountsCreate, { username: 'Ruth', role: 'root', pools: [], passwordHash, by, operator });
  const answer = await callback(await walk('ruth'));
  expect([answer.statusCode, sessionOf(answer)]).toEqual([403, '']);
});

test("the provider's answer works once, in the browser that asked, with the state that was given", async () => {
  const browser = await walk('axel');
  expect((await callback({ ...browser, binding: 'another browser' })).statusCode).toBe(403);
  // The attempt of the other browser has used the state up.
  expect((await callback(browser)).statusCode).toBe(403);
  const fresh = await walk('axel');
  const forged = fresh.query.replace(/state=[^&]+/, 'state=forged');
  expect((await callback({ ...fresh, query: forged })).statusCode).toBe(403);
  const mixed = await walk('axel');
  const code = /code=[^&]+/.exec(mixed.query)?.[0] ?? '';
  // A code of another login does not fit the verifier.
  expect((await callback({ ...fresh, query: fresh.query.replace(/code=[^&]+/, code) })).statusCode).toBe(403);
});

test.each(['//evil.example/x', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)', '/a\nb'])(
  'the browser is not sent on to %j',
  async (returnTo) => {
    expect((await callback(await walk('axel', returnTo))).headers.location).toBe('/');
  },
);

test('a provider at an address that the egress policy does not allow is not asked', async () => {
  await world.close();
  world = await open([]);
  const answer = await world.app.inject('/auth/oidc/oidc/start');
  expect([answer.statusCode, answer.json().message]).toEqual([503, 'the identity provider does not answer']);
});

test('without a provider there is none to start', async () => {
  await world.close();
  world = await openDirectorWorld();
  expect((await world.app.inject('/auth/oidc/oidc/start')).statusCode).toBe(404);
  expect((await world.app.inject('/auth/methods')).json()).toEqual({ password: true, oidc: [] });
});
