import type { Correlation } from '../../correlation/correlation.ts';
import type { MatchFields } from '../../correlation/match-fields.ts';
import type { Expr, Query } from '../../query/ast.ts';
import type { Stream } from '../../query/ast-stream.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { BurstStep, ChartStep, Condition, Plan, Ref } from '../../query/plan.ts';
import { BUCKET_COLUMN } from '../../query/plan-chart.ts';
import { printQuery } from '../../query/print-query.ts';
import { plansOverEvents } from '../../query/stream-plans.ts';
import type { RuleSpec } from '../alert-rule.ts';
import { streamThreshold } from '../condition.ts';
import type { StatefulRule } from './stateful-rule.ts';

type Draft = Pick<
  RuleSpec,
  'query' | 'conditionOption' | 'conditionValue' | 'rangeMinutes' | 'delayMinutes' | 'flushOnTrigger' | 'throttling'
>;

const MINUTE_MS = 60_000;

/**
 * How a query over several events runs on the stream; null for one that needs the schedule. Only what raises the same
 * incidents both ways goes this way: more events can only help, one row is enough, and all of a row lies within the range.
 */
export function statefulQuery(plan: Plan, draft: Draft): StatefulRule | null {
  if (streamThreshold(draft.conditionOption, draft.conditionValue) !== 1) return null;
  if (draft.delayMinutes > 0 || draft.flushOnTrigger) return null;
  if (plansOverEvents(plan).some(({ table }) => table !== null)) return null;
  const { query } = parseQuery(draft.query);
  if (query === null) return null;
  if (query.streams === null) return ofChart(query, plan, draft);
  if (query.commands.length > 0) return null;
  const [link] = query.streams.links;
  if (link === undefined) return ofBurst(query.streams.first, plan, draft);
  return ofPair(query.streams.first, link.stream, plan, draft);
}

/** `… | chart count() as n by user | search n > 5`, or `distinct_count(f)`. */
function ofChart(query: Query, plan: Plan, { rangeMinutes, throttling }: Draft): StatefulRule | null {
  const [chart, search, more] = query.commands;
  if (chart?.kind !== 'chart' || search?.kind !== 'search' || more !== undefined) return null;
  if (chart.limit !== null || plan.grouping.includes(BUCKET_COLUMN)) return null;
  if (throttling !== null && !plan.grouping.includes(throttling.field)) return null;
  const step = plan.steps.find((one): one is ChartStep => one.kind === 'chart');
  const where = plan.steps.find((one) => one.kind === 'where');
  if (step === undefined || where?.kind !== 'where' || step.groups.length === 0) return null;
  const [aggregate, another] = step.aggregates;
  if (aggregate === undefined || another !== undefined) return null;
  const threshold = thresholdOf(where.condition, step.groups.length);
  if (threshold === null) return null;
  const { measure } = aggregate;
  const isCount = measure.kind === 'count' && measure.condition === null;
  if (!isCount && measure.kind !== 'distinct-count') return null;
  const fields = fieldsOf(
    step.groups.map(({ ref }) => ref),
    measure.kind === 'distinct-count' ? [measure.ref] : [],
    false,
  );
  if (fields === null) return null;
  const correlation: Correlation = {
    ...PLAIN,
    kind: isCount ? 'event_count' : 'value_count',
    parts: 1,
    spanMs: rangeMinutes * MINUTE_MS,
    window: 'seconds',
    thresholds: [threshold],
  };
  return { correlation, parts: [{ query: textOf(query.filter, query), fields }] };
}

/** A comparison of the one aggregate that more events can only help, and that no event cannot satisfy. */
function thresholdOf(condition: Condition, column: number): Correlation['thresholds'][number] | null {
  if (condition.kind !== 'compares' || condition.ref.kind !== 'column' || condition.ref.index !== column) return null;
  const { op, number } = condition;
  if (op === '>' && number >= 0) return { op: 'gt', value: number };
  return op === '>=' && number > 0 ? { op: 'gte', value: number } : null;
}

/** `[3 … having same f within 5 minutes]`. */
function ofBurst(stream: Stream, plan: Plan, draft: Draft): StatefulRule | null {
  const [step, more] = plan.steps;
  if (step?.kind !== 'burst' || more !== undefined || stream.commands.length > 0 || isThrottled(draft)) return null;
  const { count, withinMs, refs }: BurstStep = step;
  const fields = fieldsOf(refs, [], true);
  if (withinMs === null || withinMs >= draft.rangeMinutes * MINUTE_MS || fields === null) return null;
  const thresholds = [{ op: 'gte', value: count }] as const;
  const correlation: Correlation = {
    ...PLAIN,
    kind: 'event_count',
    parts: 1,
    spanMs: withinMs,
    window: 'exact',
    thresholds,
  };
  return { correlation, parts: [{ query: textOf(stream.filter, stream), fields }] };
}

/** `[…] as a followed by […] as b within 5 minutes on a.user = b.user`, or `not followed by`. */
function ofPair(first: Stream, second: Stream, { streams, filter, steps }: Plan, draft: Draft): StatefulRule | null {
  if (streams === null || steps.length > 0 || filter.kind !== 'always' || isThrottled(draft)) return null;
  const [link, another] = streams.links;
  if (link === undefined || another !== undefined) return null;
  const { operation, left, right, withinMs } = link;
  if (operation !== 'followed by' && operation !== 'not followed by') return null;
  if (withinMs === null || withinMs >= draft.rangeMinutes * MINUTE_MS) return null;
  if ([first, second].some(({ commands, count }) => commands.length > 0 || count !== null)) return null;
  const ofLeft = fieldsOf(
    left.map(({ ref }) => ref),
    [],
    true,
  );
  const ofRight = fieldsOf(right, [], true);
  if (ofLeft === null || ofRight === null) return null;
  const kind = operation === 'followed by' ? 'pairs' : 'unfollowed';
  return {
    correlation: { ...PLAIN, kind, parts: 2, spanMs: withinMs, window: 'exact', thresholds: [] },
    parts: [
      { query: textOf(first.filter, first), fields: ofLeft },
      { query: textOf(second.filter, second), fields: ofRight },
    ],
  };
}

const PLAIN = { percentile: null, expression: null } as const;

/** A throttling field of joined rows or bursts is read by the schedule. */
const isThrottled = ({ throttling }: Draft): boolean => throttling !== null;

/** Null when one of them is computed. */
function fieldsOf(keys: readonly Ref[], values: readonly Ref[], isFolded: boolean): MatchFields | null {
  const names = (refs: readonly Ref[]) =>
    refs.flatMap((ref) => (ref.kind === 'field' && !ref.isSet ? [ref.names] : []));
  const fields = { keys: names(keys), values: names(values), isFolded };
  return fields.keys.length === keys.length && fields.values.length === values.length ? fields : null;
}

/** The search expression alone. */
const textOf = (filter: Expr | null, { span }: Pick<Query, 'span'>): string =>
  printQuery({ kind: 'query', span, streams: null, filter, commands: [] });
