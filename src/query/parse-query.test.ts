import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatDiagnostic } from './diagnostics.ts';
import { nestingMax } from './parse-expression.ts';
import { parseQuery } from './parse-query.ts';
import { planQuery } from './plan-query.ts';
import { printQuery } from './print-query.ts';
import { withoutSpans } from './without-spans.ts';

const CORPUS = new URL('../../../shared/data/sigma-lpql.jsonl.gz', import.meta.url);

const firstMistake = (text: string): string => {
  const { query, diagnostics } = parseQuery(text);
  expect(query).toBeNull();
  const [first] = diagnostics;
  if (first === undefined) throw new Error('a refused query has no diagnostic');
  return formatDiagnostic(text, first);
};

test.each([
  [
    'event_id=1 (a=1 OR b=2',
    '1:12: error: `(` is never closed, saw the end of the query',
    'write `)` where the group ends',
  ],
  ['process=x', '1:1: error: expected a field, saw the reserved word `process`', 'as a field it is quoted: "process"'],
  ['a=1 | sort -count', '1:7: error: expected a command, saw `sort`', 'write `| order by count() desc`'],
  ['"abc', '1:1: error: the quote " is never closed', "stands in '…'"],
  ['user==root', '1:6: error: expected a value after `=`, saw `=`', 'quoted'],
  ['f=[a,b] g=1', '1:3: error: expected a value after `=`, saw `[`', 'field IN [a, b]'],
  ['a-b=c', '1:1: error: expected a field made of letters', '"a-b"'],
  ['a=1 | serch b=2', '1:7: error: expected a command, saw `serch`', 'write `| search b=2`'],
  ['a=1 /* note', '1:5: error: the comment is never closed', 'close it'],
  ['f IN [Windows Defender]', '1:15: error: expected `,` or `]` after `Windows`', 'values with blanks are quoted'],
  ['| chart count() by x order by -n', '1:31: error: expected a column, saw `-`', 'order by n desc'],
  ['a=1 limit 10 | chart count by x', '1:22: error: expected `(` after `count`', 'count()'],
  ['| chart cont() by user', '1:9: error: expected one of count', 'write `count()`'],
  ['| chart suum(size)', '1:9: error: expected one of count', 'write `sum(field)`'],
  ['count() > 5', '1:1: error: `count()` belongs after', 'chart'],
])('%s is refused with its place and what to write', (text, message, help) => {
  const shown = firstMistake(text);
  expect(shown).toContain(message);
  expect(shown).toContain(help);
});

test('several mistakes in one query are told at once', () => {
  const { diagnostics } = parseQuery('a==1 () | sort b | chart count by x');
  expect(diagnostics.map(({ span }) => span.start)).toEqual([2, 5, 10, 25]);
});

test('a mistake in a list is one message', () => {
  expect(parseQuery('f=[a,b] g=1').diagnostics).toHaveLength(1);
  expect(parseQuery('f IN [a b, c d] g=1').diagnostics).toHaveLength(1);
});

const huge: readonly (readonly [string, string])[] = [
  ['10,000 redundant parentheses', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`],
  ['10,000 nested groups', `${'(a b or '.repeat(10_000)}a${')'.repeat(10_000)}`],
  ['a list of 100,000 values', `f IN [${Array.from({ length: 100_000 }, (_, i) => `v${i}`).join(', ')}]`],
  ['a million terms', 'a=1 '.repeat(1_000_000)],
  ['5 MB of minus signs', '-'.repeat(5_000_000)],
  ['5 MB of open parentheses', '('.repeat(5_000_000)],
  ['5 MB of closing parentheses', ')'.repeat(5_000_000)],
  ['5 MB of pipes', '|'.repeat(5_000_000)],
  ['1 MB of quotes', '"'.repeat(1_000_000)],
  ['5 MB of open comments', '/* '.repeat(1_700_000)],
  ['nested arithmetic', `| chart sum(${'('.repeat(100_000)}a`],
  ['a long sum', `| chart sum(a${'+a'.repeat(100_000)})`],
];

test.each(huge)('%s end in a result or a diagnostic', (_name, text) => {
  const { query, diagnostics } = parseQuery(text);
  if (query === null) expect(diagnostics.length).toBeGreaterThan(0);
  else expect(printQuery(query).length).toBeGreaterThan(0);
});

test('nesting is allowed up to the limit that is stated', () => {
  const nested = (levels: number): string => {
    let text = 'a';
    for (let level = 1; level < levels; level++) text = level % 2 === 1 ? `(${text} b)` : `(${text} OR b)`;
    return text;
  };
  expect(parseQuery(nested(nestingMax)).query).not.toBeNull();
  expect(parseQuery(nested(nestingMax + 1)).query).toBeNull();
});

test.skipIf(!existsSync(CORPUS))('converted detection rules parse, are planned, and print back to themselves', () => {
  const lines = gunzipSync(readFileSync(CORPUS)).toString('utf8').trim().split('\n');
  const refused: string[] = [];
  for (const line of lines) {
    const { query: text } = JSON.parse(line) as { query: string };
    const { query, diagnostics } = parseQuery(text);
    const [first] = diagnostics;
    if (query === null) refused.push(first === undefined ? text : formatDiagnostic(text, first));
    else {
      const planned = planQuery(query);
      const [mistake] = planned.diagnostics;
      if (planned.plan === null) refused.push(mistake === undefined ? text : formatDiagnostic(text, mistake));
      expect(withoutSpans(parseQuery(printQuery(query)).query)).toEqual(withoutSpans(query));
    }
  }
  expect(lines.length).toBe(2160);
  expect(refused).toEqual([]);
});
