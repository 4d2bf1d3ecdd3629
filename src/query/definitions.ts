import type { FieldConstants } from '../events/event-layout.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import type { Expr } from './ast.ts';
import { formatDiagnostic, hasErrors } from './diagnostics.ts';
import { parseQuery } from './parse-query.ts';
import type { LabelRule, PlanContext } from './plan.ts';

/** A search, and the labels that every event has which satisfies it. */
export type LabelDefinition = { readonly query: string; readonly labels: readonly string[] };

/** What queries of one logpoint may name. Plain data: it crosses threads. */
export type QueryDefinitions = {
  /** Values by the list's `listKey`: texts, wildcards, networks. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** As they are written; also of lists whose values are not here. */
  readonly listNames: readonly string[];
  readonly labels: readonly LabelDefinition[];
};

export const noDefinitions: QueryDefinitions = { lists: new Map(), listNames: [], labels: [] };

/** The form in which the name of a list is looked up: a query may write it in any case. */
export const listKey = (name: string): string => name.toLowerCase();

/** Definitions for planning queries over them. Make it once for many queries: the labels' searches are read here. */
export function contextOf(definitions: QueryDefinitions, constants: FieldConstants): PlanContext {
  return {
    fieldAliases,
    list: (name) => definitions.lists.get(listKey(name)),
    listNames: definitions.listNames,
    labelRules: definitions.labels.flatMap(labelRulesOf),
    constants,
  };
}

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
