import { expect, test } from 'vitest';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { bucketsOf, narrowed, searchResultOf } from './search-result.ts';

test('a chart has its groups and numbers as columns, events their telling fields', () => {
  const chart = searchResultOf({ rows: [{ _group: ['bob'], user: 'bob', n: 3, _type_num: ' n' }] });
  expect(chart).toMatchObject({ isChart: true, columns: ['user', 'n'], numbers: ['n'] });
  const events = searchResultOf({ rows: [{ log_ts: 1, msg: 'x', user: 'bob', _offset: 4 }] });
  expect(events).toMatchObject({ isChart: false, columns: ['log_ts', 'user', 'msg'] });
  expect(searchResultOf({ rows: [] })).toMatchObject({ isChart: false, columns: [], rows: [] });
});

test('a narrowed query is narrowed before its first command and still parses, whatever the value holds', () => {
  expect(narrowed('program=sshd | chart count() by user', 'user', 'bob', false)).toBe(
    'program=sshd user="bob" | chart count() by user',
  );
  expect(narrowed('msg="a | b" | limit 1', 'user', 'bob', false)).toBe('msg="a | b" user="bob" | limit 1');
  for (const value of ['a"b', 'x\\', '*', '"] | limit 1', `'a" b'`, '\u202e']) {
    const query = narrowed('program=sshd', 'user', value, true);
    expect(parseQuery(query).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  }
});

test('buckets count every event of the range once', () => {
  const rows = [{ log_ts: 0 }, { log_ts: 5 }, { log_ts: 9 }, { log_ts: 10 }];
  expect(bucketsOf(rows, 0, 10_000, 2).map(({ count }) => count)).toEqual([1, 2]);
});
