import type { FieldConstants } from '../events/event-layout.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import type { Expr } from './ast.ts';
import { formatDiagnostic, hasErrors } from './diagnostics.ts';
import { parseQuery } from './parse-query.ts';
import type { Condition, LabelRule, PlanContext } from './plan.ts';
import type { SearchScope } from './restrict-plan.ts';
import type { TableRows } from './table-rows.ts';

/** A search, and the labels that every event has which satisfies it. */
export type LabelDefinition = { readonly query: string; readonly labels: readonly string[] };

/** What queries of one logpoint may name. Plain data: it crosses threads. */
export type QueryDefinitions = {
  /** Tables by `listKey`, as far as the queries name them, and the names of all. None when left out. */
  readonly tables?: ReadonlyMap<string, TableRows> | undefined;
  readonly tableNames?: readonly string[] | undefined;
  /** Values by the list's `listKey`: texts, wildcards, networks. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** As they are written; also of lists whose values are not here. */
  readonly listNames: readonly string[];
  readonly labels: readonly LabelDefinition[];
  /** Imported Sigma rules by id, as far as the queries name them. None when left out. */
  readonly sigma?: ReadonlyMap<string, SigmaCondition> | undefined;
};

/** What a Sigma rule asks of an event, as JSON text: it is read where it is used. `digest` is that of the text. */
export type SigmaCondition = { readonly digest: string; readonly json: string };

export const noDefinitions: QueryDefinitions = { lists: new Map(), listNames: [], labels: [] };

/** The form in which the name of a list is looked up: a query may write it in any case. */
export const listKey = (name: string): string => name.toLowerCase();

/** A table that queries wrote holds what others may not search: who may not search everything has none. */
export const definitionsWithin = (scope: SearchScope, definitions: QueryDefinitions): QueryDefinitions =>
  scope === null ? definitions : { ...definitions, tables: new Map(), tableNames: [] };

/** Definitions for planning queries over them. Make it once for many queries: the labels' searches are read here. */
export function contextOf(definitions: QueryDefinitions, constants: FieldConstants): PlanContext {
  return {
    fieldAliases,
    list: (name) => definitions.lists.get(listKey(name)),
    listNames: definitions.listNames,
    labelRules: definitions.labels.flatMap(labelRulesOf),
    sigmaRule: (id) => readCondition(definitions.sigma?.get(id)),
    table: (name) => definitions.tables?.get(listKey(name)),
    tableNames: definitions.tableNames ?? [],
    constants,
  };
}

/** The text was written by the import of Sigma rules, never by a caller. */
export const readCondition = (stored: SigmaCondition | undefined): Condition | undefined =>
  stored === undefined ? undefined : (JSON.parse(stored.json) as Condition);

function labelRulesOf({ query, labels }: LabelDefinition): LabelRule[] {
  const condition = readLabelSearch(query);
  const shared: LabelRule['search'] = typeof condition === 'string' ? { mistake: condition } : { condition };
  return labels.map((label) => ({ label, search: shared }));
}

/** The search of a label: an expression without commands. Else what is wrong with it. */
export function readLabelSearch(text: string): Expr | string {
  const { query, diagnostics } = parseQuery(text);
  const mistake = diagnostics.find(({ severity }) => severity === 'error');
  if (mistake !== undefined) return formatDiagnostic(text, mistake);
  if (query === null || hasErrors(diagnostics)) return 'the search cannot be read';
  if (query.commands.length > 0 || query.filter === null) return 'expected a search expression without commands';
  return query.filter;
}
