import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { type ControlStore, registryOf } from '../control/control-store.ts';
import { SERVER_CHAIN } from './audit-chain.ts';
import { auditMigrations } from './migrations.ts';
import { RefusalLog } from './refusal-log.ts';
import {
  REFUSALS_PER_CALLER_MINUTE_MAX,
  REFUSALS_PER_NAME_MINUTE_MAX,
  REFUSING_ACTORS_MAX,
  type Refusal,
} from './refusals.ts';
import { auditEntries, auditList, auditVerify } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'tocsin-refusals-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const refusal = (actor: string): Refusal => ({
  logpointId: SERVER_CHAIN,
  actor,
  action: 'login refused',
  objectType: 'console account',
  objectId: '',
  code: 'LOGIN_FAILED',
  message: 'name and password do not fit',
  asked: { ip: '192.0.2.1', password: 'hunter2' },
  isProven: false,
});

let stores = 0;
async function world() {
  let nowMs = 1_700_000_000_000;
  const clock = () => nowMs;
  const store: ControlStore = await openInProcessControlStore({
    dir: join(root, `s${++stores}`),
    registry: registryOf(auditEntries),
    migrations: auditMigrations,
    clock,
  });
  const errors: unknown[] = [];
  const log = new RefusalLog(store, clock, (error) => errors.push(error));
  const events = async () => (await store.read(auditList, { logpointId: SERVER_CHAIN })).events.toReversed();
  const later = (ms: number) => {
    nowMs += ms;
  };
  const close = async () => {
    await log.close();
    await store.close();
    expect(errors).toEqual([]);
  };
  return { store, log, events, later, close };
}

test('a refused attempt is in the chain when telling it has resolved, without its secrets', async () => {
  const { log, events, close } = await world();
  await log.tell(refusal('eve'));
  const [event] = await events();
  expect(event).toMatchObject({ actor: 'eve', action: 'login refused', seq: 1 });
  expect(JSON.parse(event?.after_json ?? '')).toEqual({
    code: 'LOGIN_FAILED',
    message: 'name and password do not fit',
    asked: { ip: '192.0.2.1', password: '[redacted]' },
  });
  await close();
});

test('a flood is a few events and one number, and the chain stays sound', async () => {
  const { store, log, events, later, close } = await world();
  for (let i = 0; i < 5000; i += 1) await log.tell(refusal('eve'));
  await log.tell(refusal('mallory'));
  await log.flush();
  later(60_000);
  await log.flush();
  const told = await events();
  expect(told).toHaveLength(REFUSALS_PER_NAME_MINUTE_MAX + 2);
  expect(told.at(-1)).toMatchObject({ actor: 'eve', action: 'refusals counted' });
  expect(JSON.parse(told.at(-1)?.after_json ?? '')).toMatchObject({
    count: 5000 - REFUSALS_PER_NAME_MINUTE_MAX,
    kinds: [{ kind: 'login refused LOGIN_FAILED', count: 5000 - REFUSALS_PER_NAME_MINUTE_MAX }],
    last: { code: 'LOGIN_FAILED' },
  });
  expect(await store.read(auditVerify, SERVER_CHAIN)).toMatchObject({ fault: null });
  await close();
});

test('a flood from many names is bounded as well, and every attempt is counted', async () => {
  const { log, events, later, close } = await world();
  const names = 300;
  for (let i = 0; i < names * 12; i += 1) await log.tell(refusal(`eve${i % names}`));
  await log.flush();
  later(60_000);
  await log.flush();
  const told = await events();
  expect(told.length).toBeLessThanOrEqual((REFUSALS_PER_NAME_MINUTE_MAX + 1) * (REFUSING_ACTORS_MAX + 1));
  const counted = told
    .filter(({ action }) => action === 'refusals counted')
    .reduce((sum, { after_json }) => sum + JSON.parse(after_json ?? '').count, 0);
  const single = told.filter(({ action }) => action === 'login refused').length;
  expect(counted + single).toBe(names * 12);
  await close();
});

test('of a caller with proof each refusal is told, and beyond the cap none hides behind those of another kind', async () => {
  const { log, events, later, close } = await world();
  const asked = (action: string, code: string): Refusal => ({ ...refusal('soar'), action, code, isProven: true });
  for (let i = 0; i < REFUSING_ACTORS_MAX + 5; i += 1) await log.tell(refusal(`eve${i}`));
  for (let i = 0; i < REFUSALS_PER_CALLER_MINUTE_MAX; i += 1) await log.tell(asked('order refused', 'WRONG_STATE'));
  expect((await events()).filter(({ actor }) => actor === 'soar')).toHaveLength(REFUSALS_PER_CALLER_MINUTE_MAX);
  for (let i = 0; i < 300; i += 1) await log.tell(asked('order refused', 'WRONG_STATE'));
  for (let i = 0; i < 3; i += 1) await log.tell(asked('request refused', 'ACCESS_FORBIDDEN'));
  await log.flush();
  await log.tell(asked('order refused', 'WRONG_STATE'));
  await log.flush();
  later(60_000);
  await log.flush();
  const counted = (await events()).filter(({ actor, action }) => actor === 'soar' && action === 'refusals counted');
  expect(counted.map(({ after_json }) => JSON.parse(after_json ?? ''))).toMatchObject([
    {
      count: 304,
      kinds: [
        { kind: 'order refused WRONG_STATE', count: 301 },
        { kind: 'request refused ACCESS_FORBIDDEN', count: 3 },
      ],
    },
  ]);
  await close();
});
