import { formatDiagnostic, hasErrors } from '../query/diagnostics.ts';
import { parseQuery } from '../query/parse-query.ts';

export type RuleQuery = {
  /** One message per mistake, with its place and the piece of the text. */
  readonly errors: readonly string[];
  /** A plain search expression: single events can be held against it. */
  readonly isStreamable: boolean;
};

/** Whether a rule can run this query, and how. An empty query means every event. */
export function checkRuleQuery(text: string): RuleQuery {
  const { query, diagnostics } = parseQuery(text);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (query === null || hasErrors(diagnostics)) {
    return { errors: errors.map((error) => formatDiagnostic(text, error)), isStreamable: false };
  }
  return { errors: [], isStreamable: query.commands.length === 0 };
}
