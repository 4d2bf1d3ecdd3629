import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { auditMigrations } from '../audit/migrations.ts';
import { type ControlStore, type Query, registryOf, STORE_LOST } from '../control/control-store.ts';
import { tenancyMigrations } from '../tenancy/migrations.ts';
import { logpointsCreate, poolsCreate, tenancyEntries } from '../tenancy/registry.ts';
import { AccessCache } from './access-cache.ts';
import { TOKEN_LIFE_MS } from './console-tokens.ts';
import { accountsMigrations } from './migrations.ts';
import { accountsEntries, tokensIssue, tokensRefresh, tokensRevoke } from './registry.ts';

const by = { actor: 'test' };

let dir: string;
let store: ControlStore;
let nowMs: number;
let reads: number;
/** Runs after the store has read, before the reader has the answer. */
let afterRead: () => Promise<void>;
const signals = new Map<string, (payload: null) => void>();
let cache: AccessCache;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'tocsin-access-'));
  nowMs = 1_764_000_000_000;
  reads = 0;
  afterRead = async () => {};
  store = await openInProcessControlStore({
    dir,
    registry: registryOf([...tenancyEntries, ...accountsEntries]),
    migrations: [...tenancyMigrations, ...accountsMigrations, ...auditMigrations],
    clock: () => nowMs,
  });
  const counting = {
    read: async <I, O>(query: Query<I, O>, input: I): Promise<O> => {
      reads += 1;
      const answer = await store.read(query, input);
      await afterRead();
      return answer;
    },
    onSignal: (topic: string, listener: Parameters<ControlStore['onSignal']>[1]) => {
      signals.set(topic, listener);
      return store.onSignal(topic, listener);
    },
  };
  cache = new AccessCache(counting, () => nowMs);
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const issue = (alwaysActive = false) =>
  store.write(tokensIssue, { name: 'ci', role: 'admin', pools: [], alwaysActive, by });
const find = (text: string, tenant: { poolId: string; logpointId: string } | null = null) =>
  cache.find({ credential: { kind: 'token', text }, tenant });

test('a token is looked up once, and refused from the moment its revocation is answered', async () => {
  const { token, tokenId } = await issue();
  const first = await find(token);
  expect(await find(token)).toEqual(first);
  expect(reads).toBe(1);
  await store.write(tokensRevoke, { tokenId, by });
  await expect(find(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});

test('a token that was read before its revocation and answered after it is not remembered', async () => {
  const { token, tokenId } = await issue();
  afterRead = async () => {
    afterRead = async () => {};
    await store.write(tokensRevoke, { tokenId, by });
  };
  await find(token);
  await expect(find(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});

test('a remembered token ends when it expires', async () => {
  const { token } = await issue();
  await find(token);
  nowMs += TOKEN_LIFE_MS;
  await expect(find(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
});

test('a token that is always active ends like any other once it was refreshed', async () => {
  const { token, secretKey } = await issue(true);
  await find(token);
  await store.write(tokensRefresh, secretKey);
  nowMs += TOKEN_LIFE_MS;
  await expect(find(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
});

test('a used secret key that comes again ends the token at once', async () => {
  const { token, secretKey } = await issue();
  await store.write(tokensRefresh, secretKey);
  await find(token);
  await store.write(tokensRefresh, secretKey);
  await expect(find(token)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});

test('unknown tokens and unknown logpoints are asked after each time', async () => {
  await expect(find('tct_guess')).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
  await expect(find('tct_guess')).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' });
  const { token } = await issue();
  const tenant = { poolId: 'a'.repeat(32), logpointId: 'b'.repeat(32) };
  await find(token, tenant);
  await find(token, tenant);
  expect(reads).toBe(4);
  expect(cache.size).toBe(0);
});

test('each logpoint of a token is remembered by itself, until logpoints change', async () => {
  const { id: poolId } = await store.write(poolsCreate, { name: 'Acme', by });
  const one = await store.write(logpointsCreate, { poolId, name: 'one', by });
  const { token } = await issue();
  expect((await find(token, { poolId, logpointId: one.id })).logpoint).toMatchObject({ name: 'one' });
  expect((await find(token)).logpoint).toBeNull();
  const two = await store.write(logpointsCreate, { poolId, name: 'two', by });
  expect(cache.size).toBe(0);
  expect((await find(token, { poolId, logpointId: two.id })).logpoint).toMatchObject({ name: 'two' });
});

test('what is remembered goes when a thread of the store was lost, whose last change may not have been told', async () => {
  const { token } = await issue();
  await find(token);
  signals.get(STORE_LOST)?.(null);
  expect(cache.size).toBe(0);
});
