import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, expect, test } from 'vitest';
import { openInProcessControlStore } from '../adapters/sqlite/in-process-control-store.ts';
import { controlFile } from '../adapters/sqlite/open-database.ts';
import { type ControlStore, command, registryOf } from '../control/control-store.ts';
import { AUDIT_STATE_CHARS_MAX, type AuditEntry, appendAudit } from './audit-chain.ts';
import { auditMigrations } from './migrations.ts';
import { auditEntries, auditList, auditVerify } from './registry.ts';

const root = mkdtempSync(join(tmpdir(), 'tocsin-audit-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const append = command('test.append', async (tx, entries: readonly AuditEntry[]) => {
  for (const entry of entries) await appendAudit(tx, entry);
});
const entry = (n: number, logpointId = A): AuditEntry => ({
  logpointId,
  actor: 'admin',
  action: 'incident resolved',
  objectType: 'incident',
  objectId: String(n).padStart(24, '0'),
  before: { status: 'unresolved' },
  after: { status: 'resolved', n },
});
const entries = (count: number, logpointId = A) => Array.from({ length: count }, (_, n) => entry(n, logpointId));

let stores = 0;
const open = (dir: string): Promise<ControlStore> =>
  openInProcessControlStore({
    dir,
    registry: registryOf([...auditEntries, append]),
    migrations: auditMigrations,
    clock: () => 1_700_000_000_000,
  });

/** A store with twelve events of A and three of B, changed by hand afterwards. */
async function tampered(...statements: string[]): Promise<ControlStore> {
  const dir = join(root, `store-${++stores}`);
  const store = await open(dir);
  await store.write(append, [...entries(12), ...entries(3, B)]);
  await store.close();
  const db = new Database(controlFile(dir));
  for (const statement of statements) db.exec(statement);
  db.close();
  return open(dir);
}

async function faultAfter(...statements: string[]) {
  const store = await tampered(...statements);
  const report = await store.read(auditVerify, A);
  expect((await store.read(auditVerify, B)).fault).toBeNull();
  await store.close();
  return report.fault;
}

const ofA = `logpoint_id = '${A}'`;

test('a chain that nobody touched is sound, also over a page boundary', async () => {
  const store = await open(join(root, 'long'));
  expect(await store.read(auditVerify, A)).toMatchObject({ events: 0, fault: null });
  for (let i = 0; i < 21; i++) await store.write(append, entries(50));
  expect(await store.read(auditVerify, A)).toMatchObject({ events: 1050, fault: null });
  await store.close();
});

test.each([
  ["after_json = '{}'"],
  ["actor = 'somebody'"],
  ["action = 'incident closed'"],
  ["object_id = ''"],
  ['at_ms = at_ms + 1'],
  ["on_behalf_of = 'x'"],
  ['before_json = null'],
  ["order_id = 'x'"],
  ["request_id = 'x'"],
])('an event with another content (%s) is found', async (change) => {
  expect(await faultAfter(`update audit_events set ${change} where ${ofA} and seq = 5`)).toMatchObject({
    seq: 5,
    kind: 'edited',
  });
});

test('an event that was deleted from the middle or from the start is found', async () => {
  const middle = await faultAfter(`delete from audit_events where ${ofA} and seq = 5`);
  expect(middle).toMatchObject({ seq: 5, kind: 'missing' });
  const start = await faultAfter(`delete from audit_events where ${ofA} and seq <= 3`);
  expect(start).toMatchObject({ seq: 1, kind: 'missing' });
});

test('a tail that was cut is found, and a chain that was emptied', async () => {
  const tail = await faultAfter(`delete from audit_events where ${ofA} and seq > 9`);
  expect(tail).toMatchObject({ seq: 10, kind: 'missing' });
  const all = await faultAfter(`delete from audit_events where ${ofA}`);
  expect(all).toMatchObject({ seq: 1, kind: 'missing' });
});

test('events that changed places are found', async () => {
  const fault = await faultAfter(
    `update audit_events set seq = 100 where ${ofA} and seq = 4`,
    `update audit_events set seq = 4 where ${ofA} and seq = 7`,
    `update audit_events set seq = 7 where ${ofA} and seq = 100`,
  );
  expect(fault).toMatchObject({ seq: 4, kind: 'edited' });
});

test('a deletion that closes the gap by numbering anew is found', async () => {
  const fault = await faultAfter(
    `delete from audit_events where ${ofA} and seq = 5`,
    `update audit_events set seq = seq - 1 where ${ofA} and seq > 5`,
    `update audit_heads set seq = 11 where ${ofA}`,
  );
  expect(fault).toMatchObject({ seq: 5, kind: 'edited' });
});

test('a head that was set back does not hide the events behind it', async () => {
  const fault = await faultAfter(`update audit_heads set seq = 3 where ${ofA}`);
  expect(fault).toMatchObject({ seq: 12, kind: 'head' });
  expect(await faultAfter(`delete from audit_heads where ${ofA}`)).toMatchObject({ kind: 'head' });
});

test('an event of another logpoint that was moved in does not follow', async () => {
  const fault = await faultAfter(
    `delete from audit_events where ${ofA} and seq = 12`,
    `insert into audit_events select '${A}', 12, at_ms, actor, on_behalf_of, action, object_type, object_id, before_json, after_json, request_id, order_id, prev_hash, hash from audit_events where logpoint_id = '${B}' and seq = 3`,
  );
  expect(fault).toMatchObject({ seq: 12, kind: 'edited' });
});

test('a page of events is newest first and later pages neither repeat nor skip', async () => {
  const store = await open(join(root, 'pages'));
  await store.write(append, entries(25));
  const seen: number[] = [];
  let beforeSeq: number | undefined;
  do {
    const page = await store.read(auditList, { logpointId: A, limit: 10, beforeSeq });
    seen.push(...page.events.map((event) => event.seq));
    await store.write(append, entries(2));
    beforeSeq = page.nextBefore ?? undefined;
  } while (beforeSeq !== undefined);
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 25 - i));
  const one = await store.read(auditList, { logpointId: A, objectType: 'incident', objectId: entry(3).objectId });
  expect(one.events.map((event) => event.seq)).toEqual([4]);
  await store.close();
});

test('secrets never reach the chain, whatever they are nested in', async () => {
  const store = await open(join(root, 'secrets'));
  const after = {
    username: 'bob',
    password: 'hunter2-a',
    http_header: { auth_key: 'X-Key', auth_pass: 'hunter2-b', auth_value: 'hunter2-c' },
    list: [{ secretKey: 'hunter2-d' }, { snmp_community_string: 'hunter2-e' }],
    access_key: ['hunter2-f'],
    token: 'hunter2-g',
    password_changed: true,
  };
  await store.write(append, [{ ...entry(1), before: after, after }]);
  const [event] = (await store.read(auditList, { logpointId: A })).events;
  expect(JSON.stringify(event)).not.toContain('hunter2');
  expect(event?.after_json).toContain('"username":"bob"');
  expect(event?.after_json).toContain('"password_changed":true');
  await store.close();
});

test('a state that is too long is kept as its length and digest', async () => {
  const store = await open(join(root, 'long-state'));
  await store.write(append, [{ ...entry(1), after: { text: 'x'.repeat(AUDIT_STATE_CHARS_MAX) } }]);
  const [event] = (await store.read(auditList, { logpointId: A })).events;
  expect(JSON.parse(event?.after_json ?? '')).toMatchObject({ cut: true, chars: AUDIT_STATE_CHARS_MAX + 11 });
  expect((await store.read(auditVerify, A)).fault).toBeNull();
  await store.close();
});

test('a change that fails leaves no event', async () => {
  const store = await open(join(root, 'rollback'));
  const broken = [entry(1), { ...entry(2), after: { bad: 1n } as never }];
  await expect(store.write(append, broken)).rejects.toThrow();
  expect(await store.read(auditVerify, A)).toMatchObject({ events: 0, fault: null });
  await store.close();
});
