import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEntry, detectFormat } from './decode-entry.ts';
import { FIELD_COUNT_MAX, FIELD_VALUE_LENGTH_MAX, MSG_LENGTH_MAX } from './limits.ts';
import type { RecordContext, RecordFormat } from './record.ts';

const contextOf = (format: RecordFormat): RecordContext => ({
  poolId: 'a'.repeat(32),
  logpointId: 'b'.repeat(32),
  logpointName: 'LP1',
  repo: 'default',
  format,
  colType: 'http',
  remoteIp: '192.0.2.1',
  sourceName: 'test',
  timeZone: 'UTC',
  receivedAtMs: Date.UTC(2026, 2, 1),
});

function decode(record: Buffer | string, format: RecordFormat = 'auto') {
  const bytes = Buffer.from(record);
  const decoded = decodeEntry(contextOf(format), { bytes, spans: Uint32Array.of(0, bytes.length) }, 7);
  const event = decoded.events[0];
  if (event === undefined) throw new Error('no event');
  return { decoded, event, fields: event.fields };
}

test('fields over the limit are left out, counted, and the event says so', () => {
  const many = Object.fromEntries(Array.from({ length: FIELD_COUNT_MAX + 40 }, (_, i) => [`name${i}`, 'v']));
  const { decoded, fields } = decode(JSON.stringify(many));
  expect(decoded.droppedFields).toBeGreaterThanOrEqual(40);
  expect(fields['ingest_flags']).toBe(`fields_dropped:${decoded.droppedFields}`);
  expect(Object.keys(fields).length).toBeLessThanOrEqual(FIELD_COUNT_MAX + 2);
  expect(fields['msg']).toContain('name290');
});

test('long values are cut between characters, counted, and the event says so', () => {
  const { decoded, fields } = decode(JSON.stringify({ command: `${'x'.repeat(FIELD_VALUE_LENGTH_MAX - 1)}😀` }));
  expect(fields['command']?.length).toBe(FIELD_VALUE_LENGTH_MAX - 1);
  expect(decoded.truncatedValues).toBe(1);
  expect(fields['ingest_flags']).toBe('values_truncated:1');
  const long = decode('y'.repeat(MSG_LENGTH_MAX + 10));
  expect(long.fields['msg']?.length).toBe(MSG_LENGTH_MAX);
  expect(long.fields['ingest_flags']).toBe('values_truncated:1');
});

test('JSON must be UTF-8; syslog of old is read as Latin-1 and says so', () => {
  const json = decode(Buffer.concat([Buffer.from('{"user":"'), Buffer.from([0xe9]), Buffer.from('"}')]));
  expect(json.decoded.rejected).toMatchObject([{ index: 0, code: 'invalid_utf8' }]);
  expect(json.event.repo).toBe('_DeadLetter');
  expect(json.fields['msg']).toBe('{"user":"é"}');
  const syslog = decode(Buffer.concat([Buffer.from('<13>Mar  1 00:00:00 h app: caf'), Buffer.from([0xe9])]));
  expect(syslog.fields).toMatchObject({ message: 'café', ingest_flags: 'latin1' });
  expect(syslog.decoded.reencodedLines).toBe(1);
});

test('a format that is asked for is held to', () => {
  expect(decode('just text', 'jsonl').fields['reason']).toBe('invalid_json');
  expect(decode('just text', 'syslog').fields['reason']).toBe('not_syslog');
  expect(decode('just text', 'web').fields['reason']).toBe('not_access_line');
  expect(decode('{"a":1}', 'text').fields['msg']).toBe('{"a":1}');
});

test('the kind of a line is seen from its start', () => {
  expect(
    [
      '{"a":1}',
      '<34>1 - - - - - -',
      'Mar  1 10:00:00 h su: x',
      '2026-03-01T10:00:00Z host app[1]: x',
      '2026-03-01T10:00:00Z ERROR something failed',
      '192.0.2.1 - - [10/Oct/2025:13:55:36 -0700] "GET / HTTP/1.1" 200 1',
      '<html>',
    ].map(detectFormat),
  ).toEqual(['jsonl', 'syslog', 'syslog', 'syslog', 'text', 'web', 'text']);
});

test('any bytes become one event or one dead letter, the same each time', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '"',
    '<34>',
    '1 ',
    '[',
    ']',
    '\\ud800',
    ':',
    'EventID',
    '"Channel":"Security",',
    '-',
    ' ',
    '\\',
    'é',
    '\0',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array)),
    fc.array(piece, { minLength: 1, maxLength: 30 }).map((parts) => Buffer.from(parts.join(''))),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (record) => {
      const first = decode(record);
      expect(first.event.seq).toBe(7);
      expect(typeof first.fields['msg']).toBe('string');
      for (const value of Object.values(first.fields)) expect(typeof value).toBe('string');
      expect(decode(record).decoded).toEqual(first.decoded);
    }),
    { numRuns: 1000 },
  );
});

test('patterns over hostile text end soon', () => {
  const hostile = [
    `<38>Mar  1 10:00:00 h sshd[1]: Failed password for ${' from a'.repeat(20_000)}`,
    `<85>Mar  1 10:00:00 h sudo: a : TTY=x ; PWD=${' ; USER=x ; '.repeat(20_000)}`,
    `<86>Mar  1 10:00:00 h su: pam_unix(su:auth): authentication failure; ${' ruser= rhost='.repeat(20_000)}`,
    `192.0.2.1 - ${'- '.repeat(50_000)} [10/Oct/2025:13:55:36 -0700] "${'\\"'.repeat(50_000)}`,
    `<34>1 - h a - - [${'a b="'.repeat(50_000)}`,
    `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
  ];
  const startMs = performance.now();
  for (const text of hostile) decode(text);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
