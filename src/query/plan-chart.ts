import { unreachable } from '../shared/assert.ts';
import type { Aggregate, ChartCommand, NumberExpr, SortKey, TimechartCommand, TimeUnit } from './ast.ts';
import type { ChartStep, Column, Measure, NumberPlan, OrderKey, Ref, Step } from './plan.ts';
import { planCondition, planOperand } from './plan-condition.ts';
import { timeBucket } from './plan-function.ts';
import { describeOperand, type Planner, RowScope } from './plan-scope.ts';

/** Name of a timechart's first column: the start of the bucket in seconds, as `log_ts` is in an event. */
export const BUCKET_COLUMN = 'log_ts';

export const UNIT_SECONDS: Readonly<Record<TimeUnit, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
/** Buckets to choose from, and how many of them a range has at most. Without a known range a bucket is an hour. */
const BUCKET_SECONDS = [1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800];
const bucketsMax = 120;

function bucketSeconds(planner: Planner, chart: TimechartCommand): number {
  if (chart.every !== null) return chart.every.count * UNIT_SECONDS[chart.every.unit];
  const { rangeMs } = planner.context;
  if (rangeMs === undefined) return UNIT_SECONDS.hour;
  return BUCKET_SECONDS.find((seconds) => rangeMs / 1000 / seconds <= bucketsMax) ?? 604_800;
}

function planBucket(planner: Planner, chart: ChartCommand | TimechartCommand): { name: string; ref: Ref }[] | null {
  if (chart.kind === 'chart') return [];
  const { scope } = planner;
  if (scope.kind === 'events')
    return [{ name: BUCKET_COLUMN, ref: timeBucket(scope, planner, bucketSeconds(planner, chart)) }];
  planner.diagnostics.error(chart.span, 'expected events before `timechart`, saw the rows of a chart');
  return null;
}

/** A chart as steps; the planner's scope is the chart's columns afterwards. Null after a mistake. */
export function planChart(planner: Planner, chart: ChartCommand | TimechartCommand): Step[] | null {
  const groups = planBucket(planner, chart);
  if (groups === null) return null;
  const wanted = groups.length + chart.groups.length;
  for (const group of chart.groups) {
    const ref = planOperand(planner, group);
    if (ref !== null) groups.push({ name: describeOperand(group), ref });
  }
  const aggregates: { name: string; measure: Measure }[] = [];
  for (const aggregate of chart.aggregates) {
    const measure = planMeasure(planner, aggregate);
    if (measure !== null) aggregates.push({ name: aggregate.alias?.name ?? describeOperand(aggregate), measure });
  }
  if (groups.length < wanted || aggregates.length < chart.aggregates.length) return null;
  const step: ChartStep = { kind: 'chart', groups, aggregates };
  const columns: Column[] = [
    ...groups.map(({ name, ref }): Column => ({ name, type: ref.kind === 'column' ? ref.type : 'text' })),
    ...aggregates.map(
      ({ name, measure }): Column => ({ name, type: measure.kind === 'distinct-list' ? 'list' : 'number' }),
    ),
  ];
  if (!reportDoubles(planner, chart, columns)) return null;
  const texts = new Map(
    chart.aggregates.map((aggregate, index) => [describeOperand(aggregate), groups.length + index]),
  );
  planner.scope = new RowScope(columns, texts);
  const keys =
    chart.order.length > 0 ? planOrderKeys(planner, chart.order) : defaultOrder(chart, columns, groups.length);
  if (keys === null) return null;
  const steps: Step[] = [step, { kind: 'order', keys }];
  if (chart.limit !== null) steps.push({ kind: 'limit', count: chart.limit.count });
  return steps;
}

/** Without `order by`: the greatest first value first, as one looks at a chart; a timechart in the order of time. */
function defaultOrder(chart: ChartCommand | TimechartCommand, columns: readonly Column[], groups: number): OrderKey[] {
  if (chart.kind === 'timechart') return [];
  const first = columns[groups];
  if (first === undefined || first.type !== 'number') return [];
  return [{ ref: { kind: 'column', index: groups, type: 'number' }, isDescending: true }];
}

function reportDoubles(planner: Planner, chart: ChartCommand | TimechartCommand, columns: readonly Column[]): boolean {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      planner.diagnostics.error(
        chart.span,
        `expected a different name for each column, saw "${name}" twice`,
        'name one of them with `as`',
      );
      return false;
    }
    seen.add(name);
  }
  return true;
}

export function planOrderKeys(planner: Planner, keys: readonly SortKey[]): OrderKey[] | null {
  const planned: OrderKey[] = [];
  for (const { key, direction } of keys) {
    const ref = planner.scope.resolve(planner, key);
    if (ref === null) return null;
    planned.push({ ref, isDescending: direction === 'desc' });
  }
  return planned;
}

function planMeasure(planner: Planner, aggregate: Aggregate): Measure | null {
  const { name, argument } = aggregate;
  if (name === 'count') {
    if (argument === null || argument.kind !== 'condition') return { kind: 'count', condition: null };
    return { kind: 'count', condition: planCondition(planner, argument.condition) };
  }
  if (argument === null || argument.kind !== 'number-expression') return null;
  const { expression } = argument;
  if (name === 'distinct_count' || name === 'distinct_list') {
    if (expression.kind !== 'number-field') {
      planner.diagnostics.error(argument.span, `expected a field inside \`${name}(…)\`, saw arithmetic`);
      return null;
    }
    const ref = planOperand(planner, expression.field);
    return ref === null ? null : { kind: name === 'distinct_count' ? 'distinct-count' : 'distinct-list', ref };
  }
  const number = planNumber(planner, expression);
  return number === null ? null : { kind: name, number };
}

function planNumber(planner: Planner, expr: NumberExpr): NumberPlan | null {
  switch (expr.kind) {
    case 'number':
      return { kind: 'constant', value: Number(expr.text) };
    case 'number-field': {
      const ref = planOperand(planner, expr.field);
      return ref === null ? null : { kind: 'numeric', ref };
    }
    case 'negate': {
      const operand = planNumber(planner, expr.operand);
      return operand === null ? null : { kind: 'negate', operand };
    }
    case 'arithmetic': {
      const left = planNumber(planner, expr.left);
      const right = planNumber(planner, expr.right);
      return left === null || right === null ? null : { kind: 'arithmetic', op: expr.op, left, right };
    }
    default:
      return unreachable(expr);
  }
}
