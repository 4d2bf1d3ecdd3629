import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, registryOf } from '../control/control-store.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { poolsCreate, tenancyEntries } from '../tenancy/registry.ts';
import type { Role } from './actor.ts';
import { accountsMigrations } from './migrations.ts';
import {
  accountsCreate,
  accountsEntries,
  tokensAuthenticate,
  tokensIssue,
  tokensList,
  tokensRefresh,
  tokensRevoke,
  tokensUsed,
} from './registry.ts';

const HOUR = 3_600_000;
const by = { actor: 'test' };

let dir: string;
let store: ControlStore;
let nowMs: number;
let pool: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-tokens-'));
  nowMs = 1_764_000_000_000;
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...tenancyEntries, ...accountsEntries]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations],
    clock: () => nowMs,
  });
  pool = (await store.write(poolsCreate, { name: 'Acme', by })).id;
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const issue = (role: Role = 'engineer', name = 'ci') => store.write(tokensIssue, { name, role, pools: [pool], by });
const actor = (token: string | undefined) => store.read(tokensAuthenticate, token);
const refresh = async (secretKey: string) => {
  const answer = await store.write(tokensRefresh, secretKey);
  if (answer.outcome === 'reused') throw new Error('reused');
  return answer.issued;
};

test('a token stands for its role and pools, root and admin for every pool', async () => {
  const engineer = await issue();
  expect(await actor(engineer.token)).toEqual({
    tokenId: engineer.tokenId,
    name: 'ci',
    role: 'engineer',
    pools: [pool],
  });
  expect(await actor((await issue('root', 'ops')).token)).toMatchObject({ role: 'root', pools: null });
  expect(await actor((await issue('admin', 'night')).token)).toMatchObject({ role: 'admin', pools: null });
});

test('what is wrong with a token is said: missing, unknown, expired or revoked', async () => {
  const { token, tokenId } = await issue();
  await expect(actor(undefined)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'TOKEN_MISSING' });
  await expect(actor('')).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
  await expect(actor(`${token}x`)).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
  await expect(actor("' or 1=1 --")).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
  nowMs += 8 * HOUR - 1;
  expect(await actor(token)).toMatchObject({ tokenId });
  nowMs += 1;
  await expect(actor(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  expect(await store.write(tokensRevoke, { tokenId, by })).toBe(true);
  expect(await store.write(tokensRevoke, { tokenId, by })).toBe(false);
  await expect(actor(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});

test('a secret key gives one new token within 72 hours of its token', async () => {
  const first = await issue();
  nowMs += 71 * HOUR;
  const second = await refresh(first.secretKey);
  expect(await actor(second.token)).toMatchObject({ tokenId: first.tokenId, name: 'ci' });
  nowMs += 72 * HOUR;
  await expect(refresh(second.secretKey)).rejects.toMatchObject({ code: 'SECRET_KEY_EXPIRED' });
  await expect(refresh('tcs_unknown')).rejects.toMatchObject({ code: 'SECRET_KEY_UNKNOWN' });
});

test('a secret key that is sent again revokes its token and everything that came from it', async () => {
  const first = await issue();
  const second = await refresh(first.secretKey);
  const third = await refresh(second.secretKey);
  expect(await store.write(tokensRefresh, first.secretKey)).toEqual({ outcome: 'reused' });
  for (const { token } of [first, second, third]) {
    await expect(actor(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
  }
  await expect(refresh(third.secretKey)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});

test('of two refreshes at the same time one gets a token and the other ends them all', async () => {
  const { secretKey } = await issue();
  const answers = await Promise.all([store.write(tokensRefresh, secretKey), store.write(tokensRefresh, secretKey)]);
  expect(answers.map(({ outcome }) => outcome)).toEqual(['refreshed', 'reused']);
});

test('two living tokens never share a name, nor does a token have that of an account', async () => {
  const { tokenId } = await issue();
  await expect(issue()).rejects.toMatchObject({ kind: 'conflict', code: 'TOKEN_NAME_TAKEN' });
  await store.write(tokensRevoke, { tokenId, by });
  await issue();
  nowMs += 72 * HOUR;
  await issue();
  await store.write(accountsCreate, {
    username: 'Ruth',
    role: 'root',
    pools: [],
    passwordHash: null,
    by,
    operator: { role: 'root' },
  });
  await expect(issue('engineer', 'ruth')).rejects.toMatchObject({ code: 'TOKEN_NAME_TAKEN' });
});

test('the list tells of role, pools, expiry, use and revocation', async () => {
  const { tokenId, secretKey } = await issue('readonly');
  nowMs += HOUR;
  await refresh(secretKey);
  await store.write(tokensUsed, [
    { tokenId, atMs: nowMs },
    { tokenId, atMs: nowMs - 5 },
  ]);
  await store.write(tokensRevoke, { tokenId, reason: 'left the team', by });
  const [token, ...others] = await store.read(tokensList, {});
  expect(others).toEqual([]);
  expect(token).toMatchObject({
    name: 'ci',
    role: 'readonly',
    pools: [pool],
    expiresAtMs: nowMs + 8 * HOUR,
    lastUsedAtMs: nowMs,
    revokedAtMs: nowMs,
    revokedReason: 'left the team',
  });
});

test.each([
  ['an engineer without a pool', { role: 'engineer', pools: [] }, 'TOKEN_INVALID'],
  ['a role that there is not', { role: 'owner', pools: [] }, 'TOKEN_INVALID'],
  ['a pool that there is not', { role: 'readonly', pools: ['f'.repeat(32)] }, 'POOL_UNKNOWN'],
  ['no name', { role: 'root', pools: [], name: ' ' }, 'NAME_INVALID'],
])('a token for %s is refused', async (_, wrong, code) => {
  const input = { name: 'ci', by, ...wrong, role: wrong.role as Role };
  await expect(store.write(tokensIssue, input)).rejects.toMatchObject({ code });
});

test('the files of the store never hold a token or a secret key', async () => {
  const { token, secretKey } = await issue();
  for (const file of readdirSync(dir)) {
    const text = readFileSync(join(dir, file)).toString('latin1');
    expect(text).not.toContain(token);
    expect(text).not.toContain(secretKey);
  }
});
