import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '../../events/event.ts';
import { evaluateAll } from '../../query/evaluate.ts';
import { parseQuery } from '../../query/parse-query.ts';
import { plainContext, planQuery } from '../../query/plan-query.ts';
import type { QueryProviders } from '../../query/query-providers.ts';
import { showRow } from '../../query/result-row.ts';
import { present } from '../../shared/assert.ts';
import type { JsonObject } from '../../shared/json.ts';
import { csvRows } from './csv.ts';
import { openProviders, type ProviderSettings } from './open-providers.ts';

/** Answers PTR of 1.2.0.192.in-addr.arpa; for 192.0.2.9 it never answers, anything else does not exist. */
function answerDns(server: Socket): void {
  server.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let size = question[at] ?? 0; size > 0; size = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + size));
      at += size + 1;
    }
    asked.push(labels.join('.'));
    if (labels[0] === '9') return;
    const isKnown = labels.join('.') === '1.2.0.192.in-addr.arpa';
    const header = Buffer.from(question.subarray(0, 12));
    header.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(isKnown ? 1 : 0, 6);
    header.writeUInt32BE(0, 8);
    const name = Buffer.from('\x05host1\x07example\x00', 'latin1');
    const record = Buffer.concat([Buffer.from([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, name.length]), name]);
    const parts = [header, question.subarray(12, at + 5), ...(isKnown ? [record] : [])];
    server.send(Buffer.concat(parts), from.port, from.address);
  });
}

const asked: string[] = [];
const server = createSocket('udp4');
const dir = mkdtempSync(join(tmpdir(), 'tocsin-tables-'));
const troubles: string[] = [];
let dnsServer = '';

beforeAll(async () => {
  answerDns(server);
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  dnsServer = `127.0.0.1:${server.address().port}`;
  writeFileSync(
    join(dir, 'geoip.csv'),
    'network,country,city\n10.0.0.0/8,Denmark,\n10.1.0.0/16,Norway,"Oslo, old"\nbad,x,y\n',
  );
  writeFileSync(join(dir, 'threat_intelligence.csv'), 'ip_address,category,score\r\n192.0.2.1,botnet,90\r\n');
  writeFileSync(join(dir, 'STAFF.csv'), 'user,displayName\nbob,"Bob ""the"" Builder"\n');
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const open = (on: readonly string[], more: Partial<ProviderSettings> = {}): Promise<QueryProviders> =>
  openProviders({
    on,
    tablesDir: dir,
    dns: { servers: [dnsServer], timeoutMs: 300, totalMs: 5_000 },
    onTrouble: (message) => troubles.push(message),
    ...more,
  });

const EVENTS: readonly LogEvent[] = [
  { ip: '192.0.2.1', user: 'Bob' },
  { ip: '10.1.2.3', user: 'eve' },
  { ip: '10.9.9.9', user: 'eve' },
].map((fields, seq) => ({
  seq,
  repo: 'default',
  eventAtMs: seq,
  receivedAtMs: seq,
  fields: Object.assign(Object.create(null) as Record<string, string>, fields),
}));

async function run(text: string, providers: QueryProviders): Promise<{ rows: JsonObject[]; isCut: boolean } | string> {
  const context = { ...plainContext, providerColumns: providers.columns };
  const { plan, diagnostics } = planQuery(present(parseQuery(text).query, 'query'), context);
  if (plan === null) return `${diagnostics[0]?.message}; ${diagnostics[0]?.suggestion}`;
  const { rows, isCut } = await evaluateAll(plan, EVENTS, providers);
  return { rows: rows.map((row) => showRow(plan, row, { logpointName: 'lp', logpointIp: '127.0.0.1' })), isCut };
}

test('an address has the name that DNS gives it, and stays what it is without one', async () => {
  const providers = await open(['dns']);
  const query = '| process dns(ip) as h | chart count() by h order by h';
  expect(await run(query, providers)).toMatchObject({
    rows: [{ h: '10.1.2.3' }, { h: '10.9.9.9' }, { h: 'host1.example' }],
  });
  const before = asked.length;
  await run(query, providers);
  expect(asked.length).toBe(before);
});

test('a question that gets no answer ends with its time, and the rest of the questions with theirs', async () => {
  const providers = await open(['dns'], { dns: { servers: [dnsServer], timeoutMs: 100, totalMs: 50 } });
  const silent = await providers.ask(
    'dns',
    null,
    Array.from({ length: 40 }, (_, n) => (n < 20 ? '192.0.2.9' : `192.0.2.${n + 100}`)),
    undefined,
  );
  expect(silent.answers.size).toBe(0);
  expect(silent.isCut).toBe(true);
});

test('the narrowest network of a table says where an address is', async () => {
  const query = '| process geoip(ip) as land, town | chart count() by ip, land, town order by ip';
  expect(await run(query, await open(['geoip']))).toMatchObject({
    rows: [
      { ip: '10.1.2.3', land: 'Norway', town: 'Oslo, old' },
      { ip: '10.9.9.9', land: 'Denmark', town: '' },
    ],
  });
  expect(troubles).toContain('geoip.csv, row 4: bad is no network');
});

test('threat intelligence keeps the events of its indicators and adds what it knows', async () => {
  const query = '| process ti(ip) | chart count() by et_ip_address, et_category, et_score';
  expect(await run(query, await open(['ti']))).toMatchObject({
    rows: [{ et_ip_address: '192.0.2.1', et_category: 'botnet', et_score: '90', 'count()': 1 }],
  });
});

test('a lookup finds its key in any case', async () => {
  const query = '| chart count() by user | process lookup(staff, user) | search displayName=*';
  expect(await run(query, await open(['lookup']))).toMatchObject({ rows: [{ displayName: 'Bob "the" Builder' }] });
});

test('what is off, or has no table, is refused with what turns it on', async () => {
  const providers = await open(['lookup']);
  expect(await run('| process dns(ip) as h', providers)).toMatch(
    /`dns`, which is off here; .*`query.providers` names `dns`; rules/,
  );
  expect(await run('| process lookup(GONE, ip)', providers)).toMatch(/`query.tables` holds `GONE.csv`/);
  expect(await run('| process whoislookup(ip) as w', providers)).toMatch(/no whois/);
});

test('CSV is read as it is written: quotes, commas and line ends inside them, empty cells', () => {
  expect([...csvRows('a,b\r\n"x,""y""\n",\n\n1,2')]).toEqual([
    ['a', 'b'],
    ['x,"y"\n', ''],
    ['1', '2'],
  ]);
  expect([...csvRows('a,')]).toEqual([['a', '']]);
  expect([...csvRows('"never closed')]).toEqual([['never closed']]);
});
