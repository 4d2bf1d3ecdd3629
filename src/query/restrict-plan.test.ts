import { expect, test } from 'vitest';
import type { LogEvent } from '../events/event.ts';
import { present } from '../shared/assert.ts';
import { evaluate } from './evaluate.ts';
import { parseQuery } from './parse-query.ts';
import type { Plan } from './plan.ts';
import { plainContext, planQuery } from './plan-query.ts';
import { reposWithin, restrictPlan } from './restrict-plan.ts';

const planOf = (text: string): Plan =>
  present(planQuery(present(parseQuery(text).query, 'query'), plainContext).plan, 'plan');

const anEvent = (seq: number, repo: string, device: string | null): LogEvent => ({
  seq,
  repo,
  eventAtMs: seq,
  receivedAtMs: seq,
  fields: Object.assign(Object.create(null) as Record<string, string>, device === null ? {} : { device_ip: device }),
});
const EVENTS = [
  anEvent(1, 'a', '10.0.0.1'),
  anEvent(2, 'b', '10.0.0.1'),
  anEvent(3, 'b', '10.9.0.1'),
  anEvent(4, 'b', null),
];

const seqs = (plan: Plan): number[] =>
  evaluate(plan, EVENTS).flatMap((row) => (row.kind === 'event' ? [row.event.seq] : []));

test('grants add up: all of one repo, and of another the events of a network', () => {
  const scope = [
    { repos: ['a'], devices: null },
    { repos: ['b'], devices: ['10.0.0.0/16'] },
  ];
  expect(seqs(restrictPlan(planOf(''), scope))).toEqual([2, 1]);
  expect(reposWithin(scope, ['a', 'b', 'c'])).toEqual(['a', 'b']);
});

test('an event without a device is of no device, and whoever has no grant reaches nothing', () => {
  expect(seqs(restrictPlan(planOf(''), [{ repos: null, devices: ['10.0.0.0/8'] }]))).toEqual([3, 2, 1]);
  expect(reposWithin([], ['a'])).toEqual([]);
  expect(reposWithin(null, ['a'])).toEqual(['a']);
});

test('an OR of the query does not widen what may be searched', () => {
  const scope = [{ repos: null, devices: ['10.9.0.1'] }];
  expect(seqs(restrictPlan(planOf('device_ip=10.0.0.1 OR device_ip=*'), scope))).toEqual([3]);
});
