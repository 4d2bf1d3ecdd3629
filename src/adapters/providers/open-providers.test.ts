import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '../../events/event.ts';
import { createEgressPolicy } from '../../notify/egress-policy.ts';
import { evaluateAll } from '../../query/evaluate.ts';
import { parseQuery } from '../../query/parse-query.ts';
import { plainContext, planQuery } from '../../query/plan-query.ts';
import type { QueryProviders } from '../../query/query-providers.ts';
import { showRow } from '../../query/result-row.ts';
import { present } from '../../shared/assert.ts';
import type { JsonObject } from '../../shared/json.ts';
import { csvRows } from './csv.ts';
import { sampleDatabase } from './mmdb-sample.ts';
import { type OpenProviders, openProviders, type ProviderSettings } from './open-providers.ts';
import { readWhois } from './whois-text.ts';

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

const LOCAL = createEgressPolicy(['127.0.0.0/8']);
const whoisOf = (server: string, egress = LOCAL) => ({ server, timeoutMs: 1_000, totalMs: 5_000, egress });

const open = (on: readonly string[], more: Partial<ProviderSettings> = {}): Promise<OpenProviders> =>
  openProviders({
    on,
    tablesDir: dir,
    dns: { servers: [dnsServer], timeoutMs: 300, totalMs: 5_000 },
    whois: whoisOf('127.0.0.1:9'),
    ldap: null,
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
  expect(await run('| process whoislookup(ip) as w', providers)).toMatch(/names `whois`; rules never do/);
  expect(await run('| process lookup(LDAP, user)', providers)).toMatch(/names `ldap`; rules never do/);
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

test('calls, answers that were kept, failures and time are counted for each provider', async () => {
  const providers = await open(['dns', 'ti']);
  const query = '| process dns(ip) as h | process ti(ip, all)';
  await run(query, providers);
  await run(query, providers);
  const counts = providers.counts();
  expect(counts.get('dns')).toMatchObject({ calls: 3, cacheHits: 3, failures: 1 });
  expect(counts.get('ti')).toMatchObject({ calls: 6, cacheHits: 0, failures: 0 });
  expect(counts.get('dns')?.milliseconds).toBeGreaterThan(0);
  const silent = await open(['dns'], { dns: { servers: [dnsServer], timeoutMs: 50, totalMs: 5_000 } });
  expect(await silent.ask('dns', null, ['192.0.2.9'], undefined)).toMatchObject({ isCut: true });
  expect(silent.counts().get('dns')).toMatchObject({ calls: 1, failures: 1 });
});

test('a table of the folder is a source of queries while lookup is on', async () => {
  const query = 'table "threat_intelligence" (category=botnet) | chart count() as n by ip_address, score';
  for (const on of ['lookup', 'ti']) {
    const providers = await open([on]);
    const context = { ...plainContext, providerTable: providers.table };
    const { plan } = planQuery(present(parseQuery(query).query, 'query'), context);
    const { rows } = await evaluateAll(present(plan, 'plan'), EVENTS, providers);
    expect(rows).toMatchObject([{ cells: ['192.0.2.1', '90', 1] }]);
  }
  expect((await open(['ti'])).table('staff')).toBeUndefined();
  expect((await open(['dns'])).table('threat_intelligence')).toBeUndefined();
});

test('a database of places is asked in place of the table, and a broken one is told', async () => {
  const places = mkdtempSync(join(tmpdir(), 'tocsin-places-'));
  const path = join(places, 'geoip.mmdb');
  try {
    writeFileSync(join(places, 'geoip.csv'), 'network,country\n10.0.0.0/8,Denmark\n');
    const oslo = {
      country: { iso_code: 'NO', names: { en: 'Norway', de: 'Norwegen' } },
      city: { names: { en: 'Oslo' } },
      location: { latitude: 59.5, longitude: -10.25, time_zone: 'Europe/Oslo' },
      subdivisions: [{ names: { en: 'Oslo County' } }],
    };
    const system = { autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' };
    writeFileSync(
      path,
      sampleDatabase([
        [[10, 1, 0, 0], 16, oslo],
        [[192, 0, 2, 0], 24, system],
      ]),
    );
    const query =
      '| process geoip(ip) as land, town | chart count() by ip, land, town, region, country_code, latitude, longitude';
    const providers = await open(['geoip'], { tablesDir: places });
    expect(await run(query, providers)).toMatchObject({
      rows: [
        {
          ip: '10.1.2.3',
          land: 'Norway',
          town: 'Oslo',
          region: 'Oslo County',
          country_code: 'NO',
          latitude: '59.5',
          longitude: '-10.25',
        },
      ],
    });
    expect(await run('| process geoip(ip) | chart count() by ip, asn, organization', providers)).toMatchObject({
      rows: [{ ip: '192.0.2.1', asn: '64500', organization: 'Example Net' }],
    });
    expect((await providers.ask('geoip', null, ['nonsense', '::1', '10.2.0.1'], undefined)).answers.size).toBe(0);
    writeFileSync(path, 'no database at all');
    expect(await run(query, await open(['geoip'], { tablesDir: places }))).toMatch(/which is off here/);
    expect(troubles.some((text) => text.startsWith('geoip.mmdb is not read'))).toBe(true);
  } finally {
    rmSync(places, { recursive: true, force: true });
  }
});

/** A whois server that answers what `say` says, and closes. */
async function whoisServer(say: (question: string) => string | null): Promise<{ server: Server; at: string }> {
  const made = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      const answer = say(text);
      if (answer !== null) socket.end(answer);
    });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const address = made.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server: made, at: `127.0.0.1:${address.port}` };
}

test('whois follows the server that knows more, within the egress policy, and says what it was not told', async () => {
  const questions: string[] = [];
  const regional = await whoisServer((question) => {
    questions.push(question);
    return question.startsWith('192.0.2.1')
      ? 'inetnum: 192.0.2.0 - 192.0.2.255\r\ndescr:  Example \x07Net\r\ncountry: NO\r\n'
      : null;
  });
  const root = await whoisServer(() => `% root\nrefer: whois://${regional.at}\norganisation: Registry\n`);
  try {
    const providers = await open(['whois'], { whois: { ...whoisOf(root.at), timeoutMs: 300 } });
    const query = '| process whoislookup(ip) as who | chart count() by ip, who, whois_country, whois_network';
    expect(await run(query, providers)).toMatchObject({
      rows: [{ ip: '192.0.2.1', who: 'Example Net', whois_country: 'NO', whois_network: '192.0.2.0 - 192.0.2.255' }],
      isCut: true,
    });
    expect(questions).toContain('192.0.2.1\r\n');
    expect(providers.counts().get('whois')).toMatchObject({ calls: 3, failures: 2 });
    await run(query, providers);
    expect(providers.counts().get('whois')).toMatchObject({ calls: 3, cacheHits: 3 });
    const walled = await open(['whois'], { whois: whoisOf(root.at, createEgressPolicy([])) });
    expect(await walled.ask('whois', null, ['192.0.2.1'], undefined)).toMatchObject({ isCut: true });
    expect((await walled.ask('whois', null, ['a b', 'x\r\ny'], undefined)).answers.size).toBe(0);
  } finally {
    for (const { server: one } of [regional, root]) one.close();
  }
});

test('the text of a registry is read line by line, and nothing in it is believed', () => {
  expect(readWhois('__proto__: x\nOrgName: A\nOrgName: B\nCountry:\nnonsense\n').fields).toEqual({
    whois_organization: 'A',
  });
  expect(readWhois('whois: http://evil.example/x').referral).toBeNull();
  expect(readWhois('Registrar WHOIS Server: WHOIS.example.net').referral).toBe('whois.example.net');
  expect(readWhois(`OrgName: ${'x'.repeat(5_000)}`).fields['whois_organization']).toHaveLength(300);
});
