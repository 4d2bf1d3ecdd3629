import { expect, test } from 'vitest';
import { type LogEvent, newFields } from './event.ts';
import { eventFromStore, fieldText, rowConstants, rowFromStore, storeTupleOf, toRow } from './event-row.ts';

const context = { logpointName: 'LogPoint', logpointIp: '127.0.0.1' };

function anEvent(fields: Record<string, string>, over: Partial<LogEvent> = {}): LogEvent {
  const all = Object.assign(newFields(), fields);
  return {
    seq: 133419,
    repo: '_logpoint',
    eventAtMs: 1762247940863,
    receivedAtMs: 1762247947001,
    fields: all,
    ...over,
  };
}

const storedRow = (event: LogEvent) => {
  const [seq, repo, event_at_ms, received_at_ms, msg, fields, empty_fields] = storeTupleOf(event);
  // What a JSON answer holds: the map is an ordinary object again.
  return JSON.parse(JSON.stringify({ seq, repo, event_at_ms, received_at_ms, msg, fields, empty_fields }));
};

test('a row is the flat event of the published example', () => {
  const row = toRow(
    anEvent({
      msg: '2025-11-04 09:19:00.86300 IndexSearcherBenchmarker; indexing speed; indexing_mps=0; time=60 s',
      device_ip: '127.0.0.1',
      device_name: 'localhost',
      col_type: 'filesystem',
      norm_id: 'LogPoint',
      sig_id: '10537',
      label: 'Benchmarker',
      time: '60',
    }),
    context,
  );
  expect(row).toMatchObject({
    log_ts: 1762247940,
    col_ts: 1762247947,
    index_ts: 1762247947,
    _offset: 133419,
    _streamID: 0,
    repo_name: '_logpoint',
    logpoint_name: 'LogPoint',
    collected_at: 'LogPoint',
    _tz: 'UTC',
    _enrich_policy: 'None',
    _identifier: '0',
    _fromV550: 't',
    _searcherAddress: '127.0.0.1:5504',
    time: '60',
    sig_id: '10537',
    _type_ip: 'device_ip',
  });
  const words = (hint: unknown) => new Set(String(hint).split(' '));
  expect(words(row['_type_num'])).toEqual(new Set(['log_ts', 'col_ts', 'sig_id', 'time', '_offset', '_identifier']));
  expect(words(row['_type_str'])).toEqual(
    new Set(
      'msg col_type device_name collected_at device_ip _tz _enrich_policy label norm_id _fromV550 repo_name logpoint_name'.split(
        ' ',
      ),
    ),
  );
});

test('an IPv6 address is hinted, a zone, a version and a time are not', () => {
  const row = toRow(
    anEvent({ a: '2001:db8::1', b: 'fe80::1%eth0', c: '1.2.3', d: '12:30', e: '::ffff:10.0.0.1' }),
    context,
  );
  expect(row['_type_ip']).toBe('a e');
});

test('a field of the log cannot pose as the row it stands in', () => {
  const event = anEvent({ log_ts: '1', repo_name: 'other', _offset: 'x', _tz: 'Europe/Brussels' });
  const row = toRow(event, context);
  expect(row).toMatchObject({ log_ts: 1762247940, repo_name: '_logpoint', _offset: 133419, _tz: 'Europe/Brussels' });
  expect(fieldText(event, 'repo_name')).toBe('_logpoint');
  expect(fieldText(event, '_tz', rowConstants(context))).toBe('Europe/Brussels');
  expect(fieldText(event, '_enrich_policy', rowConstants(context))).toBe('None');
});

test('a field called __proto__ stays a field, in memory and out of the store', () => {
  const event = anEvent(JSON.parse('{"__proto__":"x","constructor":"","msg":""}') as Record<string, string>);
  const own = newFields();
  for (const [name, value] of Object.entries(JSON.parse('{"__proto__":"x","constructor":"","msg":""}'))) {
    own[name] = String(value);
  }
  const back = eventFromStore(storedRow({ ...event, fields: own }));
  expect(Object.entries(back.fields).sort()).toEqual([
    ['__proto__', 'x'],
    ['constructor', ''],
    ['msg', ''],
  ]);
  expect(Object.hasOwn(rowFromStore(storedRow({ ...event, fields: own }), context), '__proto__')).toBe(true);
});

test('an absent message stays absent and an empty one stays empty', () => {
  expect('msg' in rowFromStore(storedRow(anEvent({})), context)).toBe(false);
  expect(rowFromStore(storedRow(anEvent({ msg: '' })), context)['msg']).toBe('');
});

test('a time before 1970 is the second that it falls in', () => {
  expect(toRow(anEvent({}, { eventAtMs: -1 }), context)['log_ts']).toBe(-1);
});
