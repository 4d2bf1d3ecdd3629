import { expect, test } from 'vitest';
import { searchFault } from './search-guard.ts';

const FINE = [
  'SELECT seq, fields FROM {events} WHERE repo IN {p1:Array(String)} AND event_at_ms >= {from:Int64} LIMIT 5',
  'WITH rows AS (SELECT f_user AS u FROM {events}) SELECT u AS "count()", count() AS `format` FROM rows GROUP BY u',
  "SELECT 1 AS settings, arrayJoin(labels) FROM {events} ARRAY JOIN labels AS l WHERE msg != 'into -- ; file('",
  'SELECT a.x FROM (SELECT 1 AS x FROM {events}) AS a INNER JOIN (SELECT 1 AS x FROM {events}) AS b ON a.x = b.x',
  "SELECT 1 FROM {events} WHERE f_user IN ('a', 'it''s', 'x\\'y')",
];

const FORBIDDEN = [
  "SELECT file('/etc/passwd') FROM {events}",
  "SELECT FILE ('/etc/passwd') FROM {events}",
  'SELECT `file`(msg) FROM {events}',
  "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  "SELECT * FROM url('http://127.0.0.1/', 'LineAsString')",
  'SELECT * FROM system.parts',
  'SELECT * FROM tocsin.events_ffffffffffffffffffffffffffffffff',
  'SELECT * FROM `system`.`parts`',
  "SELECT * FROM {events} INTO OUTFILE '/tmp/x'",
  'SELECT 1 FROM {events} SETTINGS readonly = 0',
  'SELECT 1 FROM {events}; DROP TABLE x',
  'SELECT 1 FROM {events} /* x */',
  'SELECT 1 FROM {events} WHERE x IN system.users',
  'DROP TABLE x',
  '(SELECT 1)',
  '',
];

test('a search over the own table passes', () => {
  for (const sql of FINE) expect(searchFault(sql), sql).toBe(null);
});

test('anything that reaches outside the own table is refused', () => {
  for (const sql of FORBIDDEN) expect(searchFault(sql), sql).not.toBe(null);
});
