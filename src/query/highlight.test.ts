import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightQuery } from './highlight.ts';
import { parseQuery } from './parse-query.ts';

const CORPUS = new URL('../../../shared/data/sigma-lpql.jsonl.gz', import.meta.url);

/** `class:piece`, one for each piece. */
const shown = (text: string): string =>
  highlightQuery(text)
    .map(({ kind, start, end }) => `${kind}:${text.slice(start, end)}`)
    .join(' ');

test.each([
  ['user=bob*', 'field:user operator:= value:bob wildcard:*'],
  ['/* note */ -event_id=4625', 'comment:/* note */ operator:- field:event_id operator:= number:4625'],
  ['login OR "two words"', 'text:login keyword:OR text:"two words"'],
  ['NOT user in ADMINS', 'keyword:NOT field:user keyword:in list:ADMINS'],
  [
    'f IN [a, "b c"] hour(log_ts)>18',
    'field:f keyword:IN mark:[ value:a mark:, value:"b c" mark:] function:hour mark:( field:log_ts mark:) operator:> number:18',
  ],
  [
    'a=1 | chart count() as n by user order by n desc limit 5',
    'field:a operator:= number:1 mark:| command:chart function:count mark:( mark:) keyword:as name:n keyword:by ' +
      'field:user keyword:order keyword:by field:n keyword:desc keyword:limit number:5',
  ],
  [
    '| process eval ("x=case(isnotnull(a) -> \'t\', 2)")',
    'mark:| command:process processor:eval mark:( mark:" name:x operator:= function:case mark:( function:isnotnull ' +
      "mark:( field:a mark:) operator:-> value:'t' mark:, number:2 mark:) mark:\" mark:)",
  ],
  [
    '| process regex("(?P<y>a"b)", f) | search y="*"',
    'mark:| command:process processor:regex mark:( pattern:"(?P<y>a"b)" mark:, field:f mark:) mark:| command:search ' +
      'field:y operator:= value:" wildcard:* value:"',
  ],
  ['x | rex (?P<a>b|c) | limit 3', 'text:x mark:| command:rex pattern:(?P<a>b|c) mark:| command:limit number:3'],
  [
    '[2 a=1 having same user within 5 minutes] as s1 followed by [b=2] as s2 on s1.user=s2.user',
    'mark:[ number:2 field:a operator:= number:1 keyword:having keyword:same field:user keyword:within number:5 ' +
      'keyword:minutes mark:] keyword:as name:s1 keyword:followed keyword:by mark:[ field:b operator:= number:2 mark:] ' +
      'keyword:as name:s2 keyword:on field:s1.user operator:= field:s2.user',
  ],
  ['a=1 | sort -count', 'field:a operator:= number:1 mark:| mistake:sort mistake:-count'],
  ['user="bob', 'field:user operator:= mistake:"bob'],
  ['table "bad" user=x', 'keyword:table list:"bad" field:user operator:= value:x'],
])('%s has a class for each of its pieces', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

/** In order, apart, and nothing but blanks between. */
function expectWhole(text: string): void {
  let at = 0;
  for (const { start, end } of highlightQuery(text)) {
    expect(text.slice(at, start).replaceAll('\u200b', '').trim()).toBe('');
    expect(end).toBeGreaterThan(start);
    at = end;
  }
  expect(text.slice(at).replaceAll('\u200b', '').trim()).toBe('');
}

const PIECES = [
  'user',
  '=',
  '"',
  "'",
  '[',
  ']',
  '(',
  ')',
  '|',
  'chart',
  'count()',
  'by',
  'as',
  '/*',
  '*/',
  '-',
  'join',
];
const MORE = [
  'process',
  'eval (',
  'regex(',
  'norm',
  'rex',
  '<a:',
  'within',
  '5',
  'minutes',
  'having',
  'same',
  ',',
  '\u201c',
];

test('any text at all is walked to its end, every piece once', () => {
  const piece = fc.oneof(fc.constantFrom(...PIECES, ...MORE), fc.string({ maxLength: 5 }));
  const texts = fc
    .array(piece, { maxLength: 20 })
    .chain((pieces) => fc.constantFrom('', ' ').map((by) => pieces.join(by)));
  fc.assert(fc.property(texts, expectWhole), { numRuns: 2_000 });
});

test.skipIf(!existsSync(CORPUS))('no piece of a query of the corpus is a mistake', () => {
  const queries = gunzipSync(readFileSync(CORPUS)).toString('utf8').trim().split('\n');
  for (const line of queries) {
    const { query } = JSON.parse(line) as { query: string };
    if (parseQuery(query).query === null) continue;
    const wrong = highlightQuery(query).filter(({ kind }) => kind === 'mistake');
    expect(wrong.map(({ start, end }) => `${query.slice(start, end)} in ${query.slice(0, 200)}`)).toEqual([]);
    expectWhole(query);
  }
});

test('half a megabyte of open brackets, quotes and pipes is walked in a moment', () => {
  const startedAtMs = performance.now();
  for (const piece of ['(', '[', '"', '|', 'a=', 'a IN [', '/*', '| process eval ("']) {
    highlightQuery(piece.repeat(Math.floor(500_000 / piece.length)));
  }
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
});
