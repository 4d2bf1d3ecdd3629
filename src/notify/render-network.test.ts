import { expect, test } from 'vitest';
import type { SmsSettings, SnmpSettings, SshSettings, SyslogSettings } from './channel-settings.ts';
import type { MessageContent } from './message-content.ts';
import type { DeliveryParts } from './render-http.ts';
import { renderSmsMessage, renderSnmpTrap, renderSshCommand, renderSyslogMessages } from './render-network.ts';

const content: MessageContent = {
  logpointId: '0'.repeat(32),
  incidentId: '1'.repeat(24),
  ruleId: '2'.repeat(24),
  seriesId: '3'.repeat(32),
  number: 'INC-7',
  ownerId: '4'.repeat(24),
  alertName: 'brute|force=\r\n<34>1 forged',
  description: '',
  detectedAtMs: 1_700_000_000_000,
  risk: 'high',
  status: 'unresolved',
  rowsCount: 2,
  hits: 3,
  query: 'user="root" \\',
  repos: ['default'],
  limit: 100,
  windowFromMs: 0,
  windowToMs: 1,
  attackIds: ['T1110'],
  attackTags: ['Brute Force'],
  attackCategories: ['Credential Access'],
  logSources: [],
  metadata: [],
};
const parts: DeliveryParts = {
  deliveryId: '0b0e2f1c-0000-4000-8000-000000000001',
  atMs: 1_700_000_100_000,
  cause: 'raised',
  content,
  extras: {
    logpointName: 'main site',
    timeZone: 'UTC',
    rows: [{ user: 'root' }, { user: 'admin\nx' }],
    rowsError: '',
    searchLink: '',
  },
};
const syslog: SyslogSettings = {
  channel: 'syslog',
  host: 'logs.example',
  port: 514,
  transport: 'tcp',
  format: 'rfc5424',
  facility: 4,
  severity: 1,
  message: '',
  splitRows: false,
  ca: '',
};
const linesOf = (given: Partial<SyslogSettings>): string[] =>
  renderSyslogMessages({ ...syslog, ...given }, parts).message.messages.map(String);

const HEADER =
  '<33>1 2023-11-14T22:15:00.000Z main_site tocsin - raised [tocsin@32473 delivery="0b0e2f1c-0000-4000-8000-000000000001" ';

test('a message has the header of RFC 5424, and no value begins a second one', () => {
  const [line, ...others] = linesOf({});
  expect(others).toEqual([]);
  expect(line).toBe(
    `${HEADER}part="1" incident="${'1'.repeat(24)}" number="INC-7"] INC-7 brute|force= <34>1 forged: raised, risk high, unresolved, 3 hits, T1110`,
  );
});

test('split_rows gives a message for each row', () => {
  const lines = linesOf({ splitRows: true });
  expect(lines.map((line) => /user=".*"/.exec(line)?.[0])).toEqual(['user="root"', 'user="admin x"']);
  expect(lines.map((line) => /part="(\d)"/.exec(line)?.[1])).toEqual(['1', '2']);
  expect(
    linesOf({ splitRows: true, message: '{{ row.user }} of {{ rows_count }}' }).map((line) => line.slice(-9)),
  ).toEqual(['root of 2', 'in x of 2']);
});

test('split_rows gives a message for each line of a template that loops by itself', () => {
  const message = 'head\n{% for r in rows %}user {{ r.user|replace("\\n", " ") }}\n{% endfor %}';
  expect(linesOf({ splitRows: true, message }).map((line) => line.split('] ')[1])).toEqual([
    'head',
    'user root',
    'user admin x',
  ]);
  expect(linesOf({ splitRows: false, message })).toHaveLength(1);
});

test('CEF escapes pipes in its header and equals signs in its extension', () => {
  const [line = ''] = linesOf({ format: 'cef', message: 'a=b|c\\d' });
  expect(line.slice(line.indexOf('CEF:'))).toBe(
    `CEF:0|Tocsin|Tocsin|1|${'2'.repeat(24)}|brute\\|force= <34>1 forged raised|8|rt=1700000000000 externalId=INC-7 ` +
      'cat=Credential Access cnt=3 outcome=unresolved msg=a\\=b|c\\\\d cs1=0b0e2f1c-0000-4000-8000-000000000001 ' +
      'cs1Label=deliveryId cs2=T1110 cs2Label=attackId cs4=user\\="root" \\\\ cs4Label=query',
  );
});

test('LEEF separates its fields with tabs that no value holds', () => {
  const [line = ''] = linesOf({ format: 'leef', message: 'a\tb' });
  const event = line.slice(line.indexOf('LEEF:'));
  expect(event.startsWith('LEEF:2.0|Tocsin|Tocsin|1|incident-raised|x09|devTime=1700000000000\tcat=')).toBe(true);
  expect(event.split('\t').at(-1)).toBe('msg=a b');
});

test('a datagram is cut between characters', () => {
  const [line = ''] = linesOf({ transport: 'udp', message: 'ä'.repeat(9000) });
  const bytes = Buffer.byteLength(line);
  expect(bytes).toBeGreaterThan(8190);
  expect(bytes).toBeLessThanOrEqual(8192);
  expect(line).not.toContain('\ufffd');
});

test('a template that fails leaves the built-in message with a warning', () => {
  const { message, warning } = renderSyslogMessages({ ...syslog, message: '{{ 1 / 0 }}' }, parts);
  expect(message.messages.map(String)[0]).toContain('risk high');
  expect(warning).toContain('template error at 1:');
});

test('a trap carries its message and the ids below its own OID', () => {
  const { message } = renderSnmpTrap(
    {
      ...{ channel: 'snmp', host: 'h', port: 162, version: 'v2c', oid: '1.3.6.1.4.1.32473', message: '{{ risk }}' },
      ...{ agent: '', user: '', authProtocol: 'sha', privProtocol: 'aes' },
    },
    { snmp_community_string: 'c' },
    parts,
  );
  expect(message.varbinds).toEqual([
    { oid: '1.3.6.1.4.1.32473.1', value: 'high' },
    { oid: '1.3.6.1.4.1.32473.2', value: 'INC-7' },
    { oid: '1.3.6.1.4.1.32473.3', value: parts.deliveryId },
    { oid: '1.3.6.1.4.1.32473.4', value: 'high' },
    { oid: '1.3.6.1.4.1.32473.5', value: 'raised' },
  ]);
});

test('a command has its values as words and the incident on its standard input; one that fails is not sent', () => {
  const ssh: SshSettings = {
    ...{ channel: 'ssh', host: 'h', port: 22, user: 'u', auth: 'password', hostKey: '', trustFirstKey: false },
    command: 'respond --name {{ alert_name }} {{ hits }}',
  };
  const filled = renderSshCommand(ssh, {}, parts, async () => true);
  expect(filled.message?.command).toBe("respond --name 'brute|force= <34>1 forged' '3'");
  expect(JSON.parse(filled.message?.stdin ?? '')).toMatchObject({ type: 'incident.raised', data: { number: 'INC-7' } });
  const failed = renderSshCommand({ ...ssh, command: 'x {{ 1 / 0 }}' }, {}, parts, async () => true);
  expect([failed.message, failed.warning]).toEqual([null, expect.stringContaining('1:')]);
});

test('syslog, traps and texts tell whose rule matched, whatever their template says', () => {
  const metadata = [
    { field: 'sigma_id', value: '5af54681' },
    { field: 'author', value: 'Ann Author' },
    { field: 'licence', value: 'DRL-1.1' },
    { field: 'counted_rule', value: 'a1b2, by Bob (MIT)' },
  ];
  const sigma = { ...parts, content: { ...content, metadata } };
  const line = 'Sigma rule 5af54681 by Ann Author (DRL-1.1), over a1b2, by Bob (MIT)';
  for (const format of ['rfc5424', 'cef', 'leef'] as const) {
    const [text] = renderSyslogMessages({ ...syslog, format, message: 'own' }, sigma).message.messages.map(String);
    expect(text).toContain(`rule="${line}"]`);
  }
  const trap: SnmpSettings = {
    ...{ channel: 'snmp', host: 'h', port: 162, version: 'v2c', oid: '1.3', message: 'own' },
    ...{ agent: '', user: '', authProtocol: 'sha', privProtocol: 'aes' },
  };
  expect(renderSnmpTrap(trap, {}, sigma).message.varbinds.at(-1)).toEqual({ oid: '1.3.6', value: line });
  const sms: SmsSettings = {
    ...{ channel: 'sms', host: 'h', port: 2775, security: 'none', sender: '1', receivers: ['2'], user: 'u', body: '' },
  };
  const { text } = renderSmsMessage(sms, {}, sigma).message;
  expect(Buffer.concat(text.parts.map((part) => part.subarray(6))).toString()).toContain(line.slice(0, 40));
});
