import type { JsonObject } from '../shared/json.ts';
import type { ChartCommand, Query, TimechartCommand } from './ast.ts';
import type { Plan } from './plan.ts';
import { describeOperand } from './plan-scope.ts';
import { printQuery } from './print-query.ts';

/**
 * What a query is, as callers of the search API know it: `aliases`, `columns` and `grouping` are of the last chart, and
 * empty without one or when a `filter` or a processor follows it. There is no Lucene here, so `lucene_query` is null.
 * Source: contract/query-language.md, section 4.
 */
export function queryInfo(query: Query, plan: Plan): JsonObject {
  const at = query.commands.findLastIndex(isChart);
  const chart = query.commands[at];
  const isCovered = query.commands.slice(at + 1).some(({ kind, ...rest }) => COVERING.has(kind) || isFilter(rest));
  const shown = chart !== undefined && isChart(chart) && !isCovered ? chart : null;
  return {
    success: true,
    query_type: chart === undefined ? 'simple' : chart.kind,
    query_filter: printQuery({ ...query, commands: [] }),
    fieldsToExtract: [...plan.fieldsToExtract],
    lucene_query: null,
    aliases: shown === null ? [] : shown.aggregates.map((one) => one.alias?.name ?? describeOperand(one)),
    columns: shown === null ? [] : shown.aggregates.map((one) => describeOperand(one)),
    grouping: shown === null ? [] : shown.groups.map((one) => describeOperand(one)),
  };
}

const COVERING = new Set(['process', 'regex', 'eval', 'rex', 'norm']);
const isFilter = (command: object): boolean => 'name' in command && command.name === 'filter';

const isChart = (command: { readonly kind: string }): command is ChartCommand | TimechartCommand =>
  command.kind === 'chart' || command.kind === 'timechart';
