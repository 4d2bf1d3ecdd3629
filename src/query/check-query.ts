import { KNOWN_FIELDS } from '../events/known-fields.ts';
import type { Query } from './ast.ts';
import type { Diagnostic } from './diagnostics.ts';
import { parseQuery } from './parse-query.ts';
import type { Plan, PlanContext } from './plan.ts';
import { planQuery } from './plan-query.ts';

/** What a person who writes a query is told: every mistake, and warnings about what is likely not meant. */
export type CheckedQuery = {
  /** Both null as soon as one diagnostic is an error. */
  readonly query: Query | null;
  readonly plan: Plan | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** Parses and plans. Never throws on user text. */
export function checkQuery(text: string, context: PlanContext): CheckedQuery {
  const parsed = parseQuery(text);
  if (parsed.query === null) return { query: null, plan: null, diagnostics: parsed.diagnostics };
  const planned = planQuery(parsed.query, { knownFields: KNOWN_FIELDS, ...context });
  const diagnostics = [...parsed.diagnostics, ...planned.diagnostics];
  return { query: planned.plan === null ? null : parsed.query, plan: planned.plan, diagnostics };
}
