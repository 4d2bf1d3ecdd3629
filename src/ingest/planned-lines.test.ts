import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogEvent } from '../events/event.ts';
import { decodeEntry } from './decode-entry.ts';
import { PlannedLines } from './planned-lines.ts';
import type { RecordContext } from './record.ts';
import { splitLines } from './split-records.ts';

const context: RecordContext = {
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format: 'auto',
  colType: 'filesystem',
  remoteIp: '192.0.2.1',
  sourceName: 'a file',
  timeZone: 'UTC',
  receivedAtMs: Date.UTC(2026, 0, 1),
};

function decoded(line: string): LogEvent | undefined {
  const bytes = Buffer.from(line);
  return decodeEntry(context, { bytes, spans: splitLines(bytes) }, 1).events[0];
}

/** With the order of the fields, which rows show. */
const shown = (event: LogEvent | null | undefined): unknown[] => [
  event?.seq,
  event?.repo,
  event?.eventAtMs,
  event?.receivedAtMs,
  ...Object.entries(event?.fields ?? {}),
];

/** Several for one field, names that only Tocsin gives, and names that decide how a line is read. */
const KEYS =
  `EventID EventId Channel Computer Hostname host hostname host_2 Provider_Name SourceName Message Description
  message msg Hashes MD5 hash UtcTime TimeCreated @timestamp time log_ts EventTime norm_id label sig_id device_name col_ts
  original_col_ts ingest_flags original_time tags Image ProcessName process SourceProcessGuid SourceProcessGUID Keywords 7
  __proto__ constructor sentinel ProcessId process_id`.split(/\s+/);

const text = fc.constantFrom(
  ...['', 'a', 'b', 'Security', '4688', '1', 'Microsoft-Windows-Sysmon/Operational', 'ü', '\ud800', 'SHA1=1,MD5=2'],
  ...['MD5=1,md5=2', 'SHA1=1,SHA256=', 'X=1', '2020-01-02T03:04:05Z', '1600000000', 'sentinel-of-a-plan-1;'],
  'x'.repeat(40_000),
);
const value = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.constantFrom<unknown>(1, 4688, 1.5, -(2 ** 63), 1600000000, true, null),
  fc.constantFrom<unknown>([], ['a', 'b'], ['a', 1], [null], [{ a: 1 }], { a: 'b' }),
);

test('a line decoded by a plan is the event that decoding makes of it', () => {
  let planned = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 14 }),
      fc.array(fc.array(value, { minLength: 16, maxLength: 16 }), { minLength: 3, maxLength: 8 }),
      fc.constantFrom('Security', 'Microsoft-Windows-Sysmon/Operational', 'System'),
      fc.constantFrom<unknown>(1, '1', 7, 4688, '4624'),
      (keys, rows, channel, id) => {
        const lines = new PlannedLines(context);
        for (const row of rows) {
          const members = keys.map((key, at) => `${JSON.stringify(key)}:${JSON.stringify(row[at])}`);
          // The first of two members of one name gives the place, the last the value.
          const line = `{${[...members, `"Channel":"${channel}"`, `"EventID":${JSON.stringify(id)}`].join(',')}}`;
          const event = lines.decode(line, 1);
          if (event === null) continue;
          planned += 1;
          expect(shown(event)).toEqual(shown(decoded(line)));
        }
      },
    ),
    { numRuns: 3_000 },
  );
  expect(planned).toBeGreaterThan(1_000);
});

test('what plans do not foresee is left to decoding', () => {
  const lines = new PlannedLines(context);
  const left = [
    'no JSON',
    '{"EventID":1,"Channel":"Security"',
    '[1]',
    '{}',
    '{"EventID":1,"Computer":"a"}',
    '{"EventId":1,"Channel":"Security"}',
    '{"EventID":1,"Channel":5}',
    '{"EventID":1,"Channel":["Security"]}',
    '{"EventID":1,"Channel":"Security","msg":5}',
    '{"EventID":1,"Channel":"Security","more":{"deep":1}}',
    '{"EventID":1,"Channel":"Security","half":"\\ud800"}',
    '{"EventID":1,"Channel":"Security","@timestamp":"never"}',
    '{"EventID":1,"Channel":"Security","norm_id":"mine"}',
    `{"EventID":1,"Channel":"Security","long":"${'x'.repeat(70_000)}"}`,
  ];
  for (const line of left) for (let i = 0; i < 3; i += 1) expect(lines.decode(line, 1)).toBeNull();
});

test('lines that never have the same members twice do not fill the memory', () => {
  const lines = new PlannedLines(context);
  for (let i = 0; i < 70_000; i += 1) lines.decode(`{"EventID":1,"Channel":"Security","m${i}":"1"}`, 1);
  const usual = '{"EventID":1,"Channel":"Security","Image":"a"}';
  lines.decode(usual, 1);
  expect(shown(lines.decode(usual, 1))).toEqual(shown(decoded(usual)));
});
