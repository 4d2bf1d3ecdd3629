import { expect, test } from 'vitest';
import { checkQuery } from './check-query.ts';
import { plainContext } from './plan-query.ts';
import { queryInfo } from './query-info.ts';
import { diagnosticJson } from './show-diagnostic.ts';

const rowsOf = (text: string) =>
  checkQuery(text, plainContext).diagnostics.map((diagnostic) => diagnosticJson(text, diagnostic));

test('a mistake says where it is, what was seen, what was expected and what to write', () => {
  expect(rowsOf('user=bob\n| sort -count')).toEqual([
    {
      severity: 'error',
      message: 'expected a command, saw `sort`',
      start: 11,
      end: 15,
      line: 2,
      column: 3,
      seen: '`sort`',
      expected: 'a command',
      suggestion: 'write `| order by count() desc`',
      text: '2:3: error: expected a command, saw `sort`\n  | sort -count\n    ^^^^\n  help: write `| order by count() desc`',
    },
  ]);
});

test('several mistakes are told at once', () => {
  expect(rowsOf('process=x | chrt count() | limit many').map(({ start, seen }) => [start, seen])).toEqual([
    [0, 'the reserved word `process`'],
    [12, '`chrt`'],
    [33, '`many`'],
  ]);
});

test('a quote that never closes is told at its start', () => {
  expect(rowsOf('user="bob | chart count()')).toMatchObject([
    { start: 5, end: 6, message: 'the quote " is never closed', expected: null, seen: '"' },
  ]);
});

test('curly quotes are read as straight ones, with one warning', () => {
  const text = 'user=“bob smith” label=“Login”';
  const { query, diagnostics } = checkQuery(text, plainContext);
  expect(diagnostics).toHaveLength(1);
  expect(diagnostics[0]).toMatchObject({ severity: 'warning', span: { start: 5, end: 16 } });
  expect(query?.filter).toMatchObject({ operands: [{ value: { text: 'bob smith', quote: '"' } }, {}] });
});

test('curly quotes inside straight ones are text', () => {
  const { query, diagnostics } = checkQuery('user="“bob”"', plainContext);
  expect(diagnostics).toEqual([]);
  expect(query?.filter).toMatchObject({ value: { text: '“bob”' } });
});

test('a field near a known one gets a warning, once, and the query stays good', () => {
  const { plan, diagnostics } = checkQuery(
    'source_adress=10.* OR source_adress=11.* | chart count() by usr2',
    plainContext,
  );
  expect(plan).not.toBeNull();
  expect(diagnostics).toMatchObject([
    { severity: 'warning', span: { start: 0, end: 13 }, suggestion: 'write `source_address`?' },
  ]);
});

test('names of Windows, of the record and of one’s own get no warning', () => {
  for (const text of [
    'CommandLine=a EventID=1',
    'log_ts>5 _tz=UTC',
    'shoe_size=43',
    '| chart count() as usr by user | search usr>1',
  ])
    expect(rowsOf(text), text).toEqual([]);
});

test('a query says its type, fields, aggregates and groups', () => {
  const info = (text: string) => {
    const { query, plan } = checkQuery(text, plainContext);
    return query === null || plan === null ? null : queryInfo(query, plan);
  };
  expect(info('fail user=a | chart count() as n, distinct_list(url) by user, log_ts order by n | search n>1')).toEqual({
    success: true,
    query_type: 'chart',
    query_filter: 'fail user=a',
    fieldsToExtract: ['msg', 'user'],
    lucene_query: null,
    aliases: ['n', 'distinct_list(url)'],
    columns: ['count()', 'distinct_list(url)'],
    grouping: ['user', 'log_ts'],
  });
  expect(info('| timechart count() every 1 hour')).toMatchObject({ query_type: 'timechart', grouping: [] });
  expect(info('user=a | chart count() as n by user | filter n > 1')).toMatchObject({ aliases: [], grouping: [] });
  expect(info('user=a')).toMatchObject({ query_type: 'simple', columns: [] });
});
