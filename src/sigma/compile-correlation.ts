import { type Correlation, PARTS_MAX, type PartsExpression } from '../correlation/correlation.ts';
import type { MatchFields } from '../correlation/match-fields.ts';
import { fieldAliases } from '../events/taxonomy.ts';
import { routeLogSource } from './log-source.ts';
import type { CorrelationExpression, LogSource, SigmaCorrelation } from './sigma-rule.ts';

/** What a correlation must know of a rule that it names. */
export type CorrelatedRule = { readonly id: string; readonly name: string | null; readonly logSource: LogSource };

/** One of the rules of a correlation, and what is read of its events. */
export type CorrelationPart<R> = { readonly rule: R; readonly fields: MatchFields };

export type CompiledCorrelation<R> =
  | { readonly correlation: Correlation; readonly parts: readonly CorrelationPart<R>[] }
  | { readonly refused: string };

/** `ruleOf` finds a rule about single events by id or name; undefined for all that is none. */
export function compileCorrelation<R extends CorrelatedRule>(
  sigma: SigmaCorrelation,
  ruleOf: (name: string) => R | undefined,
): CompiledCorrelation<R> {
  const { type, rules, timespanMs, conditions, percentile, expression } = sigma;
  if (rules.length > PARTS_MAX) return { refused: `it names ${rules.length} rules: expected at most ${PARTS_MAX}` };
  if (type === 'temporal_ordered' && (conditions.length > 0 || expression !== null)) {
    return { refused: 'temporal_ordered takes no condition: its rules are all expected, in their order' };
  }
  const parts: CorrelationPart<R>[] = [];
  for (const name of rules) {
    const rule = ruleOf(name);
    if (rule === undefined) return { refused: `${JSON.stringify(name)} is no rule about single events` };
    const fields = fieldsOf(sigma, name, rule);
    if (typeof fields === 'string') return { refused: fields };
    parts.push({ rule, fields });
  }
  const correlation: Correlation = {
    kind: type,
    parts: rules.length,
    spanMs: timespanMs,
    window: 'seconds',
    thresholds: conditions,
    percentile,
    expression: expression === null ? null : expressionOf(expression, rules),
  };
  return { correlation, parts };
}

/** Names under which the events of the rule store the fields; or what is wrong. */
function fieldsOf(sigma: SigmaCorrelation, name: string, rule: CorrelatedRule): MatchFields | string {
  const stored = (field: string): readonly string[] => {
    const routed = routeLogSource(rule.logSource);
    const shapes = 'unknown' in routed ? [] : routed.scopes.flatMap((scope) => scope.shapes);
    return [...new Set([...shapes.flatMap((shape) => shape.names(field)), field, ...fieldAliases(field)])];
  };
  const keys: (readonly string[])[] = [];
  for (const group of sigma.groupBy) {
    const alias = sigma.aliases.get(group);
    const field =
      alias === undefined ? group : [name, rule.id, rule.name ?? ''].map((key) => alias.get(key)).find(Boolean);
    if (field === undefined) return `the alias ${JSON.stringify(group)} names no field of ${JSON.stringify(name)}`;
    keys.push(stored(field));
  }
  return { keys, values: sigma.fields.map(stored), isFolded: true };
}

function expressionOf(expression: CorrelationExpression, rules: readonly string[]): PartsExpression {
  if (expression.kind === 'rule') return { kind: 'part', part: rules.indexOf(expression.rule) };
  if (expression.kind === 'not') return { kind: 'not', operand: expressionOf(expression.operand, rules) };
  return { kind: expression.kind, operands: expression.operands.map((operand) => expressionOf(operand, rules)) };
}
