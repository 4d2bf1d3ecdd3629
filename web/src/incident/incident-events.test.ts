import { expect, test } from 'vitest';
import { fieldStatistics } from './field-statistics.ts';
import { eventsOf } from './incident-events.ts';
import { markMatches, matchingTerms } from './matching-terms.ts';

test('events come out of the groups of a chart, without the columns about columns', () => {
  const events = eventsOf({
    rows: [{ failures: 2, _participating_events: [{ msg: 'a', log_ts: 1, _type_str: 'msg', __proto__x: '1' }] }],
  });
  expect(events).toEqual([{ atMs: 1000, fields: { msg: 'a', log_ts: '1', __proto__x: '1' } }]);
});

test('statistics count the values of a field, most frequent first', () => {
  const events = ['bob', 'eve', 'bob'].map((user) => ({ atMs: 0, fields: { user, msg: 'x', _offset: '1' } }));
  expect(fieldStatistics(events)).toEqual([
    {
      field: 'user',
      events: 3,
      distinct: 2,
      top: [
        { value: 'bob', count: 2 },
        { value: 'eve', count: 1 },
      ],
    },
  ]);
});

test('terms are what a query looks for, not what it excludes or computes', () => {
  const query = 'program=sshd message="Failed password for *" -user=root NOT host=web | chart count() by user';
  expect(matchingTerms(query)).toEqual([
    { field: 'program', pattern: 'sshd' },
    { field: 'message', pattern: 'failed password for *' },
  ]);
  expect(matchingTerms('"two words" OR dump*')).toEqual([
    { field: null, pattern: 'two words' },
    { field: null, pattern: 'dump*' },
  ]);
});

test('matches are marked in the field and in the message, and the pieces make up the value', () => {
  const terms = matchingTerms('message="Failed password for *" user=deploy');
  const value = 'FAILED password for deploy from 1.2.3.4';
  const pieces = markMatches('msg', value, terms);
  expect(pieces.map(({ text }) => text).join('')).toBe(value);
  expect(pieces.filter(({ isMatch }) => isMatch).map(({ text }) => text)).toEqual(['FAILED password for ', 'deploy']);
  expect(markMatches('source', 'deploy', terms)).toEqual([{ text: 'deploy', isMatch: false }]);
});

test('a megabyte is not searched for marks', () => {
  const value = 'a'.repeat(1_000_000);
  expect(markMatches('msg', value, [{ field: null, pattern: 'a' }])).toEqual([{ text: value, isMatch: false }]);
});
