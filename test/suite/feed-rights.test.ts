import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../../src/accounts/password.ts';
import { accountsCreate, tokensIssue, tokensRevoke } from '../../src/accounts/registry.ts';
import { type DirectorWorld, openDirectorWorld } from '../director/director-world.ts';

let world: DirectorWorld;
beforeAll(async () => {
  world = await openDirectorWorld();
});
afterAll(() => world.close());

const by = { actor: 'setup' };

/** Resolves when the server has ended the feed, with whether it was open before. */
function endOfFeed(base: string, headers: Record<string, string>, onOpen: () => void): Promise<number> {
  const { pool, logpoint } = world.acme;
  return new Promise((resolve, reject) => {
    get(`${base}/events/${pool.id}/${logpoint.id}`, { headers, agent: false }, (answer) => {
      answer.once('data', onOpen);
      answer.on('error', () => undefined);
      answer.on('close', () => resolve(answer.statusCode ?? 0));
      answer.resume();
    }).on('error', reject);
  });
}

test('an open feed ends when its token is revoked and when its session ends', async () => {
  const base = await world.listen();
  const issued = await world.store.write(tokensIssue, {
    name: 'reader',
    role: 'readonly',
    pools: [world.acme.pool.id],
    by,
  });
  const password = 'correct horse battery';
  const operator = { role: 'root' } as const;
  const passwordHash = await hashPassword(password);
  await world.store.write(accountsCreate, { username: 'ruth', role: 'root', pools: [], passwordHash, by, operator });
  const login = await world.app.inject({ method: 'POST', url: '/auth/login', payload: { username: 'ruth', password } });
  const session = login.cookies.find(({ name }) => name === 'tocsin_session')?.value ?? '';
  const cookie = `tocsin_session=${session}`;
  const byToken = endOfFeed(base, { authorization: `Bearer ${issued.token}` }, () => {
    void world.store.write(tokensRevoke, { tokenId: issued.tokenId, by });
  });
  const bySession = endOfFeed(base, { cookie }, () => {
    void world.app.inject({ method: 'POST', url: '/auth/logout', headers: { cookie, 'x-tocsin-console': '1' } });
  });
  expect(await Promise.all([byToken, bySession])).toEqual([200, 200]);
}, 60_000);
