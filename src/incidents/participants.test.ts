import { expect, test } from 'vitest';
import type { LogEvent } from '../events/event.ts';
import { noDefinitions } from '../query/definitions.ts';
import { evaluate } from '../query/evaluate.ts';
import { showRow } from '../query/result-row.ts';
import { statefulQuery } from '../rules/stateful/stateful-query.ts';
import { present } from '../shared/assert.ts';
import type { IncidentSource } from './incident.ts';
import { participantsOf } from './participants.ts';
import { planText } from './run-query.ts';

const CONTEXT = { logpointName: 'lp1', logpointIp: '10.0.0.1' };
const events = [
  { outcome: 'failure', user: 'root', host: 'a' },
  { outcome: 'failure', user: 'Root', host: 'b' },
  { outcome: 'failure', user: 'eve', host: 'a' },
  { outcome: 'failure', user: 'eve', host: 'a' },
  { outcome: 'success', user: 'root', host: 'a' },
].map((fields, i): LogEvent => ({ seq: i + 1, repo: 'r', eventAtMs: i * 1000, receivedAtMs: 0, fields }));

test('the data of a throttled incident shows the events with its value, and of a group those of the group', () => {
  const query = 'outcome=failure';
  const plan = planText(query, CONTEXT, noDefinitions);
  const shown = (groupKey: string) =>
    evaluate(
      participantsOf(
        plan,
        { source: { query, throttleEnabled: true, throttlingField: 'user' } as IncidentSource, groupKey },
        CONTEXT,
        noDefinitions,
      ),
      events,
    ).map((row) => (row.kind === 'event' ? row.event.seq : 0));
  expect(shown('eve')).toEqual([4, 3]);
  expect(shown('root')).toEqual([2, 1]);
  // An event without the field raised it: there is no value to tell the others by.
  expect(shown('')).toEqual([4, 3, 2, 1]);
});

function rowsOf(query: string, groupKey: string) {
  const plan = planText(query, CONTEXT, noDefinitions);
  const settings = { conditionOption: 'moreequal', conditionValue: 1, delayMinutes: 0, flushOnTrigger: false } as const;
  const stateful = present(statefulQuery(plan, { ...settings, query, rangeMinutes: 10, throttling: null }), 'parts');
  const source = { query, parts: stateful.parts, throttleEnabled: true } as IncidentSource;
  const shown = participantsOf(plan, { source, groupKey }, CONTEXT, noDefinitions);
  return evaluate(shown, events).map((row) => (row.kind === 'event' ? row.event.seq : showRow(shown, row, CONTEXT)));
}

test('the data of an incident of several events shows those of its group alone', () => {
  expect(rowsOf('outcome=failure | chart count() as n by user | search n > 1', 'eve')).toMatchObject([
    { user: 'eve', n: 2 },
  ]);
  expect(rowsOf('[2 outcome=failure having same user within 5 minutes]', 'root')).toEqual([2]);
  const two = 'outcome=failure | chart count() as n by user, host | search n >= 1';
  expect(rowsOf(two, '["eve","a"]')).toMatchObject([{ user: 'eve', host: 'a', n: 2 }]);
  const pair = '[outcome=failure] as a followed by [outcome=success] as b within 1 minute on a.user = b.user';
  expect(rowsOf(pair, 'root')).toHaveLength(2);
  expect(rowsOf(pair, 'eve')).toEqual([]);
});
