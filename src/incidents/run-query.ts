import { type RowContext as EventRowContext, rowConstants } from '../events/event-row.ts';
import { contextOf, type QueryDefinitions } from '../query/definitions.ts';
import { formatDiagnostic, hasErrors } from '../query/diagnostics.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Plan, PlanContext } from '../query/plan.ts';
import { planQuery } from '../query/plan-query.ts';
import { refuse } from '../shared/errors.ts';

/** What a search knows beside the text of its query. */
export type SearchContext = Pick<PlanContext, 'nowMs' | 'rangeMs' | 'providerColumns' | 'providerTable'>;

/** @throws AppError `QUERY_INVALID` (kind `refused`) with the first mistake and its place */
export function planText(
  text: string,
  context: EventRowContext,
  definitions: QueryDefinitions,
  search: SearchContext = {},
): Plan {
  const parsed = parseQuery(text);
  const planned =
    parsed.query === null || hasErrors(parsed.diagnostics)
      ? { plan: null, diagnostics: parsed.diagnostics }
      : planQuery(parsed.query, { ...contextOf(definitions, rowConstants(context)), ...search });
  if (planned.plan !== null) return planned.plan;
  const mistake = planned.diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  const shown = mistake === undefined ? 'it cannot be planned' : formatDiagnostic(text, mistake);
  throw refuse('QUERY_INVALID', `query is not valid: ${shown}`);
}
