import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogEvent } from '../events/event.ts';
import type { EventStore } from '../events/event-store.ts';
import type { MatchBatch } from '../rules/match.ts';
import { AppError } from '../shared/errors.ts';
import type { AcceptRequest, IngestNotice } from './ingest-handle.ts';
import { IngestService, type IngestServiceOptions } from './ingest-service.ts';

/** What the pipeline delivers to: remembers tokens as the real stores do, and can be away. */
class Receiver {
  readonly events: LogEvent[] = [];
  readonly tokens: string[] = [];
  readonly batches: MatchBatch[] = [];
  readonly notices: IngestNotice[] = [];
  readonly deadLetterRepos: string[] = [];
  appliedTo = 0;
  isAway = false;
  /** Called after the batch is stored and before the answer: the place where a crash hurts. */
  afterAppend: () => void = () => undefined;

  readonly store: Pick<EventStore, 'openLogpoint' | 'append'> = {
    openLogpoint: async () => undefined,
    append: async (_logpoint, batch, token) => {
      if (this.isAway) throw new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', 'away');
      if (!this.tokens.includes(token)) this.events.push(...batch);
      this.tokens.push(token);
      this.afterAppend();
    },
  };

  /** As `incidents.applyMatches` does: what the cursor has seen is seen. */
  async applyMatches(batch: MatchBatch): Promise<void> {
    if (batch.toSeq <= this.appliedTo) return;
    expect(batch.fromSeq).toBeLessThanOrEqual(this.appliedTo + 1);
    this.batches.push({ ...batch, matches: batch.matches.filter(({ seq }) => seq > this.appliedTo) });
    this.appliedTo = batch.toSeq;
  }
}

const target = { poolId: 'a'.repeat(32), logpointId: 'b'.repeat(32), logpointName: 'LP1', repo: 'default' };
const requestOf = (text: string | Buffer, more: Partial<AcceptRequest> = {}): AcceptRequest => ({
  ...target,
  body: Buffer.from(text),
  encoding: 'identity',
  format: 'jsonl',
  remoteIp: '192.0.2.1',
  sourceName: 'test',
  ...more,
});
const rule = (query: string, more = {}) => ({
  ruleId: 'c'.repeat(24),
  ruleVersion: 1,
  logpointId: target.logpointId,
  query,
  repos: ['default'],
  throttlingField: null,
  ...more,
});

let dir = '';
let receiver = new Receiver();
let open: IngestService[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tocsin-ingest-'));
  receiver = new Receiver();
  open = [];
});
afterEach(async () => {
  for (const service of open) await service.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(more: Partial<IngestServiceOptions> = {}): Promise<IngestService> {
  const service = await IngestService.start({
    dataDir: dir,
    store: receiver.store as EventStore,
    rules: [],
    syslog: null,
    batchLingerMs: 1,
    sendMatches: (batch) => receiver.applyMatches(batch),
    ensureDeadLetterRepo: async (logpointId) => void receiver.deadLetterRepos.push(logpointId),
    onNotice: (notice) => receiver.notices.push(notice),
    onFailure: (error) => {
      throw error;
    },
    ...more,
  });
  open.push(service);
  return service;
}

async function stop(service: IngestService): Promise<void> {
  open = open.filter((candidate) => candidate !== service);
  await service.close();
}

/** Two batches are on their way at a time, so the store may see them in either order. */
const users = () => [...receiver.events].sort((a, b) => a.seq - b.seq).map(({ fields }) => fields['user']);

test('accepted lines are stored once, with the place of each in the journal', async () => {
  const service = await start();
  const answer = await service.accept(requestOf('{"user":"a"}\n\n{"user":"b"}\r\n{"user":"c"}'));
  expect(answer).toEqual({ accepted: 3, rejected: 0, rejections: [] });
  await service.drain();
  expect(receiver.events.map(({ seq, fields }) => [seq, fields['user'], fields['msg']])).toEqual([
    [1, 'a', '{"user":"a"}'],
    [2, 'b', '{"user":"b"}'],
    [3, 'c', '{"user":"c"}'],
  ]);
  expect(service.status()).toMatchObject({ accepted: 3, doneSeq: 3, lagSeconds: 0, storedEvents: 3 });
});

test('a JSON array, gzip and Brotli give the same events as lines', async () => {
  const service = await start();
  const array = '[{"user":"a,[]\\"x"}, {"user":"b"},\n {"user":{"n":[1,{"z":"]"}]}} ]\n';
  await service.accept(requestOf(array));
  await service.accept(requestOf(gzipSync(array), { encoding: 'gzip' }));
  await service.accept(requestOf(brotliCompressSync('{"user":"d"}'), { encoding: 'br' }));
  await service.drain();
  const three = ['a,[]"x', 'b', undefined];
  expect(users()).toEqual([...three, ...three, 'd']);
});

test('lines that cannot be decoded go to the dead letters with reason and line, the rest is stored', async () => {
  const service = await start();
  const answer = await service.accept(requestOf('{"user":"a"}\n\n{"user":\n[1]\n{"user":"b"}\n'));
  expect(answer.accepted).toBe(2);
  expect(answer.rejected).toBe(2);
  expect(answer.rejections).toEqual([
    { line: 3, reason: 'invalid_json: Unexpected end of JSON input' },
    { line: 4, reason: 'not_an_object: an array, expected a JSON object' },
  ]);
  await service.drain();
  const dead = receiver.events.filter(({ repo }) => repo === '_DeadLetter');
  expect(dead.map(({ fields }) => [fields['reason'], fields['msg']])).toEqual([
    ['invalid_json', '{"user":'],
    ['not_an_object', '[1]'],
  ]);
  expect(receiver.deadLetterRepos).toEqual([target.logpointId]);
  expect(service.status().rejected).toEqual({ invalid_json: 1, not_an_object: 1 });
});

test('a body over the cap, a bomb and a broken encoding are refused', async () => {
  const service = await start();
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
  await expect(service.accept(requestOf(bomb, { encoding: 'gzip' }))).rejects.toMatchObject({ kind: 'too-large' });
  const large = Buffer.alloc(33 * 1024 * 1024, 'x');
  await expect(service.accept(requestOf(large))).rejects.toMatchObject({ kind: 'too-large' });
  await expect(service.accept(requestOf('nope', { encoding: 'gzip' }))).rejects.toMatchObject({ kind: 'invalid' });
  expect(service.status().refusedRequests).toEqual({ INGEST_BODY_TOO_LARGE: 2, INGEST_BODY_INVALID: 1 });
  expect(service.status().durableSeq).toBe(0);
});

test('lines over the limit are dead letters and their neighbours are not', async () => {
  const service = await start();
  const long = `{"user":"${'x'.repeat(3 * 1024 * 1024)}"}`;
  const answer = await service.accept(requestOf(`{"user":"a"}\n${long}\n{"user":"b"}`));
  expect(answer).toMatchObject({ accepted: 2, rejected: 1 });
  expect(answer.rejections[0]).toMatchObject({ line: 2, reason: expect.stringContaining('line_too_long') });
  await service.drain();
  expect(users().filter((user) => user !== undefined)).toEqual(['a', 'b']);
});

test('while the event store is away lines are accepted, and stored when it is back', async () => {
  const service = await start();
  receiver.isAway = true;
  for (let i = 0; i < 20; i += 1) await service.accept(requestOf(`{"user":"${i}"}`));
  await vi.waitFor(() => expect(service.status().lastDeliveryError).toContain('away'));
  expect(receiver.events).toEqual([]);
  receiver.isAway = false;
  await service.drain();
  expect(users()).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  expect(receiver.notices.map(({ code }) => code)).toContain('INGEST_DELIVERY_RETRY');
});

test('alerts do not wait for an event store that is away', async () => {
  const service = await start({ rules: [rule('user=*')] });
  receiver.isAway = true;
  for (let i = 1; i <= 12; i += 1) {
    await service.accept(requestOf(`{"user":"${i}"}`));
    await vi.waitFor(() => expect(receiver.appliedTo).toBe(i));
  }
  expect(receiver.events).toEqual([]);
  expect(service.status().doneSeq).toBe(0);
  receiver.isAway = false;
  await service.drain();
  expect(receiver.events.length).toBe(12);
  expect(service.status()).toMatchObject({ matches: 12, doneSeq: 12 });
});

test('a start after a stop in the middle of a delivery sends the same batches under the same tokens', async () => {
  const rules = [rule('user=*')];
  let service = await start({ rules });
  receiver.isAway = true;
  for (let i = 0; i < 5; i += 1) await service.accept(requestOf(`{"user":"${i}"}`));
  await vi.waitFor(() => expect(service.status().storeRetries).toBeGreaterThan(0));
  await stop(service);
  receiver.isAway = false;
  service = await start({ rules });
  await service.accept(requestOf('{"user":"5"}'));
  await service.drain();
  expect(users()).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(receiver.batches.flatMap(({ matches }) => matches.map(({ seq }) => seq))).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a batch that was stored but not confirmed adds nothing when it is sent again', async () => {
  let service = await start();
  let stopped: Promise<void> | null = null;
  receiver.afterAppend = () => {
    stopped ??= stop(service);
    throw new AppError('unavailable', 'EVENT_STORE_UNAVAILABLE', 'the answer was lost');
  };
  await service.accept(requestOf('{"user":"a"}\n{"user":"b"}'));
  await vi.waitFor(() => expect(stopped).not.toBeNull());
  await stopped;
  receiver.afterAppend = () => undefined;
  service = await start();
  await service.drain();
  expect(users()).toEqual(['a', 'b']);
  expect(new Set(receiver.tokens).size).toBe(1);
  expect(receiver.tokens.length).toBeGreaterThan(1);
});

test('rules match what is stored, in their repos and logpoint only', async () => {
  const other = rule('user=a', { ruleId: 'd'.repeat(24), logpointId: 'e'.repeat(32) });
  const windows = rule('label=Process label=Create command="*whoami*"', {
    ruleId: 'f'.repeat(24),
    throttlingField: 'User',
  });
  const service = await start({ rules: [rule('user=a'), other, windows] });
  const sysmon = {
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    CommandLine: 'cmd /c WHOAMI',
    User: 'eva',
  };
  await service.accept(requestOf(`{"user":"A"}\n{"user":"ab"}\n${JSON.stringify(sysmon)}`));
  await service.accept(requestOf('{"user":"a"}', { repo: 'elsewhere' }));
  await service.drain();
  const matches = receiver.batches.flatMap((batch) => batch.matches);
  expect(matches.map(({ ruleId, seq, throttleValue }) => [ruleId[0], seq, throttleValue])).toEqual([
    ['c', 1, null],
    ['f', 3, 'eva'],
  ]);
  expect(service.status()).toMatchObject({ matches: 2, matchesByRule: { [windows.ruleId]: 1 }, rulesLoaded: 3 });
});

test('a rule that does not compile is reported and the others run', async () => {
  const service = await start();
  const report = await service.setRules([
    rule('user='),
    rule('user=a', { ruleId: '1'.repeat(24) }),
    rule('| chart count()'),
  ]);
  expect(report.loaded).toBe(1);
  expect(report.refused.map(({ message }) => message)[1]).toBe('the query is not a plain search expression');
  expect(receiver.notices.filter(({ code }) => code === 'RULE_NOT_COMPILED').length).toBe(2);
  await service.accept(requestOf('{"user":"a"}'));
  await service.drain();
  expect(receiver.batches.flatMap(({ matches }) => matches).length).toBe(1);
});

test("Tocsin's own events are stored as they are", async () => {
  const service = await start();
  const fields = { action: 'incident raised', user: 'admin', msg: 'Incident raised' };
  await service.acceptInternal([
    { ...target, repo: '_LogPointAlerts', eventAtMs: 1_700_000_000_000, fields },
    { ...target, repo: '_logpoint', eventAtMs: 1_700_000_000_001, fields },
  ]);
  await service.drain();
  expect(receiver.events.map(({ repo, eventAtMs }) => [repo, eventAtMs])).toEqual([
    ['_LogPointAlerts', 1_700_000_000_000],
    ['_logpoint', 1_700_000_000_001],
  ]);
  expect(receiver.events[0]?.fields).toMatchObject({ ...fields, norm_id: 'Tocsin', col_type: 'internal' });
});

test('syslog over UDP and TCP becomes events of the sender', async () => {
  const syslog = { host: '127.0.0.1', udpPort: 0, tcpPort: 0, target };
  const service = await start({ syslog });
  const { syslogUdpPort, syslogTcpPort } = service.status();
  const udp = createSocket('udp4');
  udp.send('<34>Mar  1 10:00:00 gate su[1]: one\n', syslogUdpPort ?? 0, '127.0.0.1');
  const tcp = connect(syslogTcpPort ?? 0, '127.0.0.1');
  tcp.write('<34>Mar  1 10:00:00 gate su[1]: two\n30 <34>1 - host app - - - thr\nee\n');
  tcp.end('<34>Mar  1 10:00:00 gate su[1]: without an end');
  await vi.waitFor(() => expect(receiver.events.length).toBe(4));
  udp.close();
  expect(receiver.events.map(({ fields }) => fields['message']).sort()).toEqual([
    'one',
    'thr\nee',
    'two',
    'without an end',
  ]);
  expect(receiver.events[0]?.fields).toMatchObject({ device_ip: '127.0.0.1', col_type: 'syslog' });
});

test('a full journal stops reading TCP, drops UDP with a count, and goes on when there is room', async () => {
  const syslog = { host: '127.0.0.1', udpPort: 0, tcpPort: 0, target };
  const service = await start({ syslog, journalBytesMax: 20_000, segmentBytes: 4_000 });
  receiver.isAway = true;
  const fill = async () => {
    for (;;) await service.accept(requestOf(`{"user":"${'x'.repeat(2000)}"}`));
  };
  await expect(fill()).rejects.toMatchObject({ kind: 'overloaded', code: 'JOURNAL_FULL' });
  const { syslogUdpPort, syslogTcpPort } = service.status();
  const line = `<34>Mar  1 10:00:00 gate su[1]: ${'y'.repeat(4000)}`;
  const udp = createSocket('udp4');
  udp.send(line, syslogUdpPort ?? 0, '127.0.0.1');
  await vi.waitFor(() => expect(service.status().udpDrops).toBe(1));
  udp.close();
  const tcp = connect(syslogTcpPort ?? 0, '127.0.0.1');
  tcp.end(`${line} over tcp\n`);
  await vi.waitFor(() => expect(service.status().tcpConnections).toBe(1));
  receiver.isAway = false;
  await vi.waitFor(() => expect(receiver.events.at(-1)?.fields['message']).toContain('over tcp'), { timeout: 10_000 });
});
