import type { FieldConstants } from '../events/event-layout.ts';
import { contextOf, type QueryDefinitions } from '../query/definitions.ts';
import { type Diagnostic, formatDiagnostic } from '../query/diagnostics.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Plan, PlanContext } from '../query/plan.ts';
import { planQuery } from '../query/plan-query.ts';

export type RuleQuery = {
  /** Null when there is an error. A streamable one holds single events against the rule. */
  readonly plan: Plan | null;
  /** One message per mistake, with its place and the piece of the text. */
  readonly errors: readonly string[];
};

/** The window that a run of the rule looks at. */
type Times = Pick<PlanContext, 'nowMs' | 'rangeMs'>;

/** What a rule's query does, or why no rule can run it. An empty query means every event. */
export function planRuleQuery(
  text: string,
  definitions: QueryDefinitions,
  constants: FieldConstants = {},
  times: Times = {},
): RuleQuery {
  const { query, diagnostics } = parseQuery(text);
  const parseErrors = errorsIn(text, diagnostics);
  if (query === null || parseErrors.length > 0) return { plan: null, errors: parseErrors };
  const planned = planQuery(query, { ...contextOf(definitions, constants), ...times });
  return { plan: planned.plan, errors: errorsIn(text, planned.diagnostics) };
}

const errorsIn = (text: string, diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === 'error').map((error) => formatDiagnostic(text, error));
