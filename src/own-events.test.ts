import { expect, test } from 'vitest';
import type { IncidentSignal } from './incidents/incident-change.ts';
import type { InternalEvent } from './ingest/ingest-handle.ts';
import { ALERT_EVENTS_PER_MINUTE_MAX, OwnEvents } from './own-events.ts';

const logpoint = (id: string) => ({ id, poolId: 'p', name: `name of ${id}`, ip: '127.0.0.1' });

const change = (more: Partial<IncidentSignal>): IncidentSignal => ({
  kind: 'raised',
  logpointId: 'a',
  incidentId: '1',
  number: 'INC-1',
  name: 'Dump',
  description: '',
  risk: 'high',
  status: 'unresolved',
  type: 'Alert',
  ruleId: 'r',
  alertRuleId: 'ar',
  seriesId: 's',
  ownerId: 'o',
  assignedTo: 'o',
  detectedAtMs: 1000,
  windowFromMs: 0,
  windowToMs: 1000,
  query: 'user=x',
  repos: ['default'],
  rowsCount: 1,
  hits: 1,
  groupKey: '',
  attackIds: ['T1003'],
  attackTags: [],
  attackCategories: [],
  logSource: [],
  atMs: 1000,
  ...more,
});

function ownEvents(accept?: (events: readonly InternalEvent[]) => Promise<void>) {
  const written: InternalEvent[] = [];
  const errors: unknown[] = [];
  const own = new OwnEvents({
    accept: accept ?? (async (events) => void written.push(...events)),
    logpoints: async () => [logpoint('a'), logpoint('b')],
    onError: (error) => errors.push(error),
  });
  return { own, written, errors };
}

test('a raised incident is an event of its own logpoint alone, one that only grew is none', async () => {
  const { own, written } = ownEvents();
  own.incidentChanged(change({}));
  own.incidentChanged(change({ kind: 'extended' }));
  await own.settle();
  expect(written).toMatchObject([
    { logpointId: 'a', repo: '_LogPointAlerts', eventAtMs: 1000, fields: { alert_name: 'Dump', attack_id: 'T1003' } },
  ]);
  expect(written[0]?.fields).not.toHaveProperty('description');
});

test('the life of the server is told to every logpoint', async () => {
  const { own, written } = ownEvents();
  own.serverSaid(5, 'started', 'the server takes logs');
  await own.settle();
  expect(written.map(({ logpointId, repo }) => [logpointId, repo])).toEqual([
    ['a', '_logpoint'],
    ['b', '_logpoint'],
  ]);
});

test('a rule that feeds itself with its own alerts is held to a number a minute, and the rest is counted', async () => {
  const { own, written } = ownEvents();
  for (let i = 0; i < ALERT_EVENTS_PER_MINUTE_MAX + 5; i += 1) own.incidentChanged(change({ atMs: 1000 + i }));
  own.incidentChanged(change({ ruleId: 'other', atMs: 2000 }));
  own.incidentChanged(change({ atMs: 70_000 }));
  await own.settle();
  expect(written).toHaveLength(ALERT_EVENTS_PER_MINUTE_MAX + 2);
  expect(own.counts()).toEqual({ written: ALERT_EVENTS_PER_MINUTE_MAX + 2, dropped: 0, suppressed: 5, waiting: 0 });
});

test('what a full journal refuses waits and is told', async () => {
  const { own, errors } = ownEvents(async () => {
    throw new Error('the journal is full');
  });
  own.incidentChanged(change({}));
  await own.settle();
  expect([errors.length, own.counts().waiting]).toEqual([1, 1]);
});
