import { type RowContext as EventRowContext, rowConstants } from '../events/event-row.ts';
import type { EventStore } from '../events/event-store.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { compileSearch, type SearchRange } from '../query/compile-search.ts';
import { formatDiagnostic, hasErrors } from '../query/diagnostics.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Plan } from '../query/plan.ts';
import { planQuery } from '../query/plan-query.ts';
import { readStoreRow } from '../query/read-store-row.ts';
import type { ResultRow } from '../query/result-row.ts';
import { refuse } from '../shared/errors.ts';
import type { LogpointId } from '../shared/ids.ts';
import { mapInSlices } from '../shared/in-slices.ts';

/** @throws AppError `QUERY_INVALID` (kind `refused`) with the first mistake and its place */
export function planText(text: string, context: EventRowContext): Plan {
  const parsed = parseQuery(text);
  const planned =
    parsed.query === null || hasErrors(parsed.diagnostics)
      ? { plan: null, diagnostics: parsed.diagnostics }
      : planQuery(parsed.query, {
          fieldAliases,
          list: () => undefined,
          listNames: [],
          constants: rowConstants(context),
        });
  if (planned.plan !== null) return planned.plan;
  const mistake = planned.diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  const shown = mistake === undefined ? 'it cannot be planned' : formatDiagnostic(text, mistake);
  throw refuse('QUERY_INVALID', `query is not valid: ${shown}`);
}

export type QueryRun = SearchRange & {
  readonly logpointId: LogpointId;
  readonly timeoutMs: number;
  /** Rows of any kind; groups are not limited by `limit`. */
  readonly rowsMax: number;
  readonly signal: AbortSignal;
};

export type QueryAnswer = { readonly rows: readonly ResultRow[]; readonly isCut: boolean };

/** Runs a plan in the event store. @throws AppError as `EventStore.search` */
export async function runPlan(events: EventStore, plan: Plan, run: QueryRun): Promise<QueryAnswer> {
  const { logpointId, timeoutMs, rowsMax, signal } = run;
  const answer = await events.search(logpointId, compileSearch(plan, run), { timeoutMs, rowsMax, signal });
  return { rows: await mapInSlices(answer.rows, (row) => readStoreRow(plan, row)), isCut: answer.isCut };
}
