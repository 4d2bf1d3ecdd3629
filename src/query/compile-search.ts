import { EVENT_COLUMNS, EVENT_SELECT, EVENTS_PLACEHOLDER } from '../events/event-layout.ts';
import type { StoreSearch } from '../events/event-store.ts';
import { unreachable } from '../shared/assert.ts';
import { conditionSql } from './compile-condition.ts';
import { measureSql } from './compile-measure.ts';
import { textSql } from './compile-text.ts';
import {
  type ChartStep,
  type Column,
  type ComputeStep,
  groupsMax,
  type LatestStep,
  type OrderKey,
  type Plan,
  type Ref,
  type Step,
} from './plan.ts';
import type { ResultRow } from './result-row.ts';
import { columnsOf, splitPlan } from './split-plan.ts';
import { SqlParams } from './sql-params.ts';
import { columnName, refSql } from './sql-ref.ts';

export type SearchRange = {
  /** Names of repos. */
  readonly repos: readonly string[];
  /** `[fromMs, toMs)` on the event's own time, Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows at most, for plans whose rows are events. */
  readonly limit: number;
};

/**
 * A plan as ClickHouse SQL. Rows that are events come as `EVENT_SELECT` columns, newest first unless the plan orders
 * them; groups come as `c0`, `c1`, … in the order of `plan.columns`, with `event_count` and `newest_at_ms`.
 * `readStoreRow` reads both.
 */
export function compileSearch(plan: Plan, range: SearchRange): StoreSearch {
  if (plan.streams !== null) throw new Error('a join of streams is several searches: see runPlan');
  if (plan.table !== null) throw new Error('a table is not in the event store: see runPlan');
  const draft = new SearchDraft(plan, range);
  for (const step of plan.steps) draft.add(step);
  return { sql: draft.finish(range.limit), params: draft.params.all };
}

/**
 * The events behind one group of a chart, newest first, `range.limit` of them at most. Null when a chart over a chart
 * made the row: its groups no longer say which events they hold.
 */
export function compileGroupEvents(
  plan: Plan,
  row: Extract<ResultRow, { kind: 'group' }>,
  range: SearchRange,
): StoreSearch | null {
  if (plan.streams !== null || plan.table !== null) return null;
  const at = plan.steps.findIndex((step) => step.kind === 'chart');
  // A chart that is made after the store groups by what the store does not have.
  if (splitPlan(plan).store.steps.length <= at) return null;
  const chart = plan.steps[at];
  if (chart === undefined || chart.kind !== 'chart') return null;
  if (plan.steps.slice(at + 1).some((step) => step.kind === 'chart')) return null;
  const draft = new SearchDraft(plan, range);
  for (const step of plan.steps.slice(0, at)) draft.add(step);
  draft.keepGroup(chart, row.cells.slice(0, chart.groups.length).map(String));
  return { sql: draft.finish(range.limit), params: draft.params.all };
}

/** One select that is being put together; a step that cannot be part of it puts it into the next one's `from`. */
class SearchDraft {
  readonly params = new SqlParams();
  readonly #plan: Plan;
  readonly #where: string[] = [];
  #from = EVENTS_PLACEHOLDER;
  #order: string | null = null;
  #limit: number | null = null;
  /** What the columns after the first ones are computed by in this select; after nesting they are plain names. */
  readonly #made: string[] = [];
  /** Null as long as rows are events. */
  #columns: readonly Column[] | null = null;

  constructor(plan: Plan, range: SearchRange) {
    this.#plan = plan;
    const { repo, eventAtMs } = EVENT_COLUMNS;
    this.#where.push(
      `${repo} IN ${this.params.texts(range.repos)}`,
      `${eventAtMs} >= ${this.params.milliseconds(range.fromMs)}`,
      `${eventAtMs} < ${this.params.milliseconds(range.toMs)}`,
    );
    if (plan.filter.kind !== 'always') this.#where.push(conditionSql(plan.filter, this.params, plan.constants));
  }

  add(step: Step): void {
    switch (step.kind) {
      case 'where':
        this.#settle();
        this.#where.push(conditionSql(step.condition, this.params, this.#plan.constants));
        return;
      case 'order':
        this.#settle();
        this.#order = this.#orderSql(step.keys);
        return;
      case 'limit':
        this.#limit = Math.min(step.count, this.#limit ?? step.count);
        return;
      case 'latest':
        this.#settle();
        this.#keepLatest(step);
        return;
      case 'chart':
        this.#settle();
        this.#addChart(step);
        return;
      case 'compute':
        this.#addColumns(step);
        return;
      case 'burst':
      case 'distribution':
      case 'expand':
      case 'provide':
      case 'write':
        throw new Error(`a step \`${step.kind}\` was not split off for after the store`);
      default:
        unreachable(step);
    }
  }

  #keepLatest({ refs }: LatestStep): void {
    const values = refs.map((ref) => this.#ref(ref));
    for (const { isPresent } of values) this.#where.push(isPresent);
    const { eventAtMs, seq } = EVENT_COLUMNS;
    const newest = `ORDER BY ${eventAtMs} DESC, ${seq} DESC LIMIT 1 BY ${values.map(({ text }) => text).join(', ')}`;
    this.#where.push(
      `(${eventAtMs}, ${seq}) IN (SELECT ${eventAtMs}, ${seq} FROM ${this.#from}${this.#whereSql()} ${newest})`,
    );
  }

  /** Only events of the group with these values. */
  keepGroup(chart: ChartStep, values: readonly string[]): void {
    this.#settle();
    for (const [index, { ref }] of chart.groups.entries()) {
      const { text, isPresent } = this.#ref(ref);
      this.#where.push(`${isPresent} AND ${text} = ${this.params.text(values[index] ?? '')}`);
    }
  }

  finish(limit: number): string {
    if (this.#columns === null) this.#limit = Math.min(limit, this.#limit ?? limit);
    return this.#select(this.#columns === null ? EVENT_SELECT : this.#groupColumns(this.#columns));
  }

  #ref(ref: Ref) {
    return refSql(ref, this.params, this.#plan.constants);
  }

  /** After a limit, what follows applies to the rows that are left. */
  #settle(): void {
    if (this.#limit === null) return;
    if (this.#columns !== null) {
      this.#nest(this.#select(this.#groupColumns(this.#columns)));
      return;
    }
    const { eventAtMs, seq } = EVENT_COLUMNS;
    const kept = this.#select(`${eventAtMs}, ${seq}`);
    this.#where.push(`(${eventAtMs}, ${seq}) IN (${kept})`);
    this.#limit = null;
  }

  #nest(sql: string): void {
    this.#from = `(${sql})`;
    this.#where.length = 0;
    this.#made.length = 0;
    this.#order = null;
    this.#limit = null;
  }

  #addColumns(step: ComputeStep): void {
    const columns = this.#columns;
    if (columns === null) throw new Error('columns were computed for events');
    this.#settle();
    for (const { value } of step.columns) {
      const { text, isPresent } = textSql(value, this.params, this.#plan.constants);
      this.#made.push(`if(${isPresent}, toNullable(${text}), NULL)`);
    }
    this.#columns = [...columns, ...step.columns.map(({ name }): Column => ({ name, type: 'optional' }))];
  }

  #groupColumns(columns: readonly Column[]): string {
    const plain = columns.length - this.#made.length;
    const names = columns.map((_, index) => {
      const made = index < plain ? undefined : this.#made[index - plain];
      return made === undefined ? columnName(index) : `${made} AS ${columnName(index)}`;
    });
    return [...names, 'event_count', 'newest_at_ms'].join(', ');
  }

  #addChart(step: ChartStep): void {
    if (this.#columns !== null && this.#made.length > 0) this.#nest(this.#select(this.#groupColumns(this.#columns)));
    const groups = step.groups.map(({ ref }) => ({ ref, ...this.#ref(ref) }));
    for (const { isPresent } of groups) this.#where.push(isPresent);
    const isFirst = this.#columns === null;
    const list = [
      ...groups.map(({ ref, text }, index) => `${groupValue(ref, text)} AS g${index}`),
      ...step.aggregates.map(
        ({ measure }, index) => `${measureSql(measure, index, this.params, this.#plan.constants)} AS a${index}`,
      ),
      isFirst ? 'count() AS n' : 'sum(event_count) AS n',
      isFirst ? `max(${EVENT_COLUMNS.eventAtMs}) AS t` : 'max(newest_at_ms) AS t',
    ];
    const by = groups.length === 0 ? '' : ` GROUP BY ${groups.map((_, index) => `g${index}`).join(', ')}`;
    const inner = `SELECT ${list.join(', ')} FROM ${this.#from}${this.#whereSql()}${by} LIMIT ${groupsMax}`;
    const names = [...groups.map((_, index) => `g${index}`), ...step.aggregates.map((_, index) => `a${index}`)];
    const outer = [
      ...names.map((name, index) => `${name} AS ${columnName(index)}`),
      'n AS event_count',
      't AS newest_at_ms',
    ];
    this.#nest(`SELECT ${outer.join(', ')} FROM (${inner})`);
    this.#columns = columnsOf(step);
  }

  #select(list: string): string {
    const { eventAtMs, seq } = EVENT_COLUMNS;
    const order = this.#order ?? (this.#columns === null ? `${eventAtMs} DESC, ${seq} DESC` : null);
    const limit = this.#limit === null ? '' : ` LIMIT ${this.params.count(this.#limit)}`;
    return `SELECT ${list} FROM ${this.#from}${this.#whereSql()}${order === null ? '' : ` ORDER BY ${order}`}${limit}`;
  }

  #whereSql(): string {
    return this.#where.length === 0 ? '' : ` WHERE ${this.#where.join(' AND ')}`;
  }

  #orderSql(keys: readonly OrderKey[]): string {
    const parts = keys.flatMap(({ ref, isDescending }) => this.#sortSql(ref, isDescending ? 'DESC' : 'ASC'));
    const { eventAtMs, seq } = EVENT_COLUMNS;
    if (this.#columns === null) parts.push(`${eventAtMs} DESC`, `${seq} DESC`);
    else
      parts.push(...this.#columns.flatMap(({ type }, index) => this.#sortSql({ kind: 'column', index, type }, 'ASC')));
    return parts.join(', ');
  }

  /** The store's twin of `compareSortValues`: present, then numeric, then by number, then by text. */
  #sortSql(ref: Ref, direction: 'ASC' | 'DESC'): string[] {
    const { text, isPresent, number } = this.#ref(ref);
    if (ref.kind === 'column' && ref.type === 'list') return [`${text} ${direction}`];
    const parts = [
      `not(${isPresent}) ${direction}`,
      `isNull(${number}) ${direction}`,
      `ifNull(${number}, 0) ${direction}`,
    ];
    return ref.kind === 'column' && ref.type === 'number' ? parts : [...parts, `${text} ${direction}`];
  }
}

/** A number column of an earlier chart stays a number when it becomes a group. */
const groupValue = (ref: Ref, text: string): string =>
  ref.kind === 'column' && (ref.type === 'number' || ref.type === 'list') ? columnName(ref.index) : text;
