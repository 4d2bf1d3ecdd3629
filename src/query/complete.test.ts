import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { completeQuery, type KnownNames } from './complete.ts';
import { parseQuery } from './parse-query.ts';

const known: KnownNames = {
  fields: ['user', 'event_id', 'source_address', 'message-subject'],
  lists: ['ADMINS', 'BAD_IPS'],
  tables: ['threat_intelligence'],
  values: (field) => (field === 'user' ? ['bob', 'bill smith', 'al"x'] : []),
};

/** The query with `^` for the cursor: what is inserted, and over which text. */
function at(marked: string): { over: string; inserts: string[]; kinds: string[] } {
  const cursor = marked.indexOf('^');
  const text = marked.replace('^', '');
  const { span, suggestions } = completeQuery(text, cursor, known);
  return {
    over: text.slice(span.start, span.end),
    inserts: suggestions.map(({ insert }) => insert),
    kinds: [...new Set(suggestions.map(({ kind }) => kind))],
  };
}

test.each([
  ['us^', 'us', ['user']],
  ['us^er=1', 'user', ['user']],
  ['"us^"=1', '"us"', ['"user"']],
  ['mess^', 'mess', ['"message-subject"']],
  ['user=b^', 'b', ['bob', '"bill smith"']],
  ['user="bi^', '"bi', ['"bill smith"']],
  ["user='a^", "'a", ["'al\"x'"]],
  ['user=al^', 'al', ["'al\"x'"]],
  ['user IN [bob, bi^]', 'bi', ['"bill smith"']],
  ['user IN AD^', 'AD', ['ADMINS']],
  ['user IN ^', '', ['ADMINS', 'BAD_IPS', '[']],
  ['table "th^"', '"th"', ['"threat_intelligence"']],
  ['a=1 | ti^', 'ti', ['timechart']],
  ['a=1 | process geo^', 'geo', ['geoip(']],
  ['a=1 | process lookup(th^, user)', 'th', ['threat_intelligence']],
  ['a=1 | process toList(BA^, user)', 'BA', ['BAD_IPS']],
  ['a=1 | process dns(sou^)', 'sou', ['source_address']],
  ['| process eval ("x=iss^")', 'iss', ['issubstr(']],
  ['| process eval ("x=iss^', 'iss', ['issubstr(']],
  ['| chart cou^', 'cou', ['count()']],
  ['| chart distinct_count(us^)', 'us', ['user']],
  ['| chart count() by us^', 'us', ['user']],
  ['| chart count() ^', '', ['as', 'by', 'order by', 'limit', '|']],
  ['| timechart count() by user every 5 m^', 'm', ['minutes', 'minute']],
  ['| chart count() as n by user order by ^', '', ['user', 'n']],
  ['| chart count() as n by user | search ^ >5', '', ['user', 'n', 'NOT', 'table', 'step(']],
  ['| chart count() by user order by count() d^', 'd', ['desc']],
  ['| chart count() by user | rename user as who | fields w^', 'w', ['who']],
  ['| process geoip(source_address) as country | search coun^', 'coun', ['country']],
  ['| rex (?P<app>.*) | fields ap^', 'ap', ['app']],
  ['[a=1] as s1 jo^', 'jo', ['join']],
  ['[a=1] as s1 join [b=1] as s2 on s1.us^', 's1.us', ['s1.user']],
])('%s is completed', (marked, over, inserts) => {
  const answer = at(marked);
  expect(answer.over).toBe(over);
  expect(answer.inserts.slice(0, inserts.length)).toEqual(inserts);
});

test('after a chart only its columns are fields', () => {
  expect(at('| chart count() by user | fields ^').inserts).toEqual(['user', 'count()']);
});

test('nothing is suggested inside a comment, a pattern or a name that is being made up', () => {
  for (const marked of ['/* us^', '| rex us^', '| chart count() as us^', '| rename user as us^']) {
    expect(at(marked).inserts).toEqual([]);
  }
});

test('any text and any cursor get an answer whose span lies in the text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), fc.nat(50), (text, cursor) => {
      const { span } = completeQuery(text, cursor, known);
      expect(span.start).toBeLessThanOrEqual(span.end);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }),
  );
});

test('a value is inserted so that the query means that very value', () => {
  const value = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/["\n]/.test(text));
  fc.assert(
    fc.property(value, (text) => {
      const { suggestions } = completeQuery('user=', 5, { ...known, values: () => [text] });
      const { query } = parseQuery(`user=${suggestions[0]?.insert ?? ''}`);
      expect(query?.filter).toMatchObject({ kind: 'compare', value: { text } });
    }),
  );
});
