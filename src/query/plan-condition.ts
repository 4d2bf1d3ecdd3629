import { numericValue } from '../events/event.ts';
import { unreachable } from '../shared/assert.ts';
import type { CompareExpr, Expr, MemberExpr, Operand, TextExpr, Value } from './ast.ts';
import { textPatternOf } from './free-text.ts';
import { ALWAYS, allOf, anyOf, NEVER, negate } from './join-conditions.ts';
import { nearest } from './nearest.ts';
import { mergeNetworks, networkOf } from './network.ts';
import { patternOf, type WildPattern } from './pattern.ts';
import type { Condition, Ref, ValueSet } from './plan.ts';
import type { Planner } from './plan-scope.ts';
import { describeOperand } from './plan-scope.ts';

/** The condition that an expression means in the planner's present scope; mistakes become diagnostics and `never`. */
export function planCondition(planner: Planner, expr: Expr): Condition {
  switch (expr.kind) {
    case 'and':
      return allOf(expr.operands.map((operand) => planCondition(planner, operand)));
    case 'or':
      return anyOf(expr.operands.map((operand) => planCondition(planner, operand)));
    case 'not':
      return negate(planCondition(planner, expr.operand));
    case 'compare':
      return planComparison(planner, expr);
    case 'member':
      return planMembership(planner, expr);
    case 'text':
      return planText(planner, expr);
    case 'table':
      planner.diagnostics.error(
        expr.span,
        'a table is what a whole query looks at, so it stands at its start',
        `write \`table "${expr.name.text}" …\`, or join it as a stream`,
      );
      return NEVER;
    default:
      return unreachable(expr);
  }
}

function planComparison(planner: Planner, expr: CompareExpr): Condition {
  if (asksForSigma(planner, expr.operand)) return planSigma(planner, expr);
  const ref = planOperand(planner, expr.operand);
  if (ref === null) return NEVER;
  const { op, value } = expr;
  if (op === '=' || op === '!=') {
    const equal = planner.labels.extend(planner, matches(ref, [value.text]), ref, expr.span);
    return op === '=' ? equal : negate(equal);
  }
  const number = numericValue(value.text);
  if (number === undefined) {
    const written = `${describeOperand(expr.operand)} ${op}`;
    const message = `expected a number after \`${written}\`, saw "${clip(value.text)}"`;
    planner.diagnostics.error(value.span, message, 'only `=`, `!=` and `IN` compare text');
    return NEVER;
  }
  return { kind: 'compares', ref, op, number };
}

function planMembership(planner: Planner, expr: MemberExpr): Condition {
  const ref = planOperand(planner, expr.operand);
  if (ref === null) return NEVER;
  if (expr.set.kind === 'values') {
    const values = expr.set.values.map((value) => value.text);
    if (asksForSigma(planner, expr.operand)) return anyOf(expr.set.values.map((value) => sigmaRule(planner, value)));
    return planner.labels.extend(planner, isMember(ref, values), ref, expr.span);
  }
  const { name } = expr.set;
  const values = planner.context.list(name);
  if (values === undefined) {
    const near = nearest(name, planner.context.listNames);
    const help =
      near === null
        ? 'a list of values reads [a, b]; text that is meant as text is quoted: "in"'
        : `write \`IN ${near}\``;
    planner.diagnostics.error(
      expr.set.span,
      `expected the name of a list after \`IN\`, saw the unknown list "${clip(name)}"`,
      help,
    );
    return NEVER;
  }
  return planner.labels.extend(planner, isMember(ref, values), ref, expr.span);
}

/** `sigma_rule="<id>"` is no field of an event: it holds for the events that the imported Sigma rule means. */
const SIGMA_FIELD = 'sigma_rule';

const asksForSigma = (planner: Planner, operand: Operand): boolean =>
  operand.kind === 'field' && operand.name === SIGMA_FIELD && planner.scope.kind === 'events';

function planSigma(planner: Planner, { op, value, span }: CompareExpr): Condition {
  if (op === '=') return sigmaRule(planner, value);
  if (op === '!=') return negate(sigmaRule(planner, value));
  planner.diagnostics.error(span, `expected \`=\`, \`!=\` or \`IN\` after \`${SIGMA_FIELD}\`, saw \`${op}\``);
  return NEVER;
}

function sigmaRule(planner: Planner, value: Value): Condition {
  const condition = planner.context.sigmaRule?.(value.text);
  if (condition !== undefined) return condition;
  planner.diagnostics.error(value.span, `expected the id of an imported Sigma rule, saw "${clip(value.text)}"`);
  return NEVER;
}

/** Any of the values; a network stands for its addresses, and for the text that it is. */
function isMember(ref: Ref, values: readonly string[]): Condition {
  const networks = values.flatMap((value) => (value.includes('/') ? (networkOf(value) ?? []) : []));
  const texts = matches(ref, values);
  return networks.length === 0 ? texts : anyOf([texts, { kind: 'in-network', ref, networks: mergeNetworks(networks) }]);
}

function planText(planner: Planner, expr: TextExpr): Condition {
  const text = textPatternOf(expr.value.text);
  if (text.kind === 'anything') return ALWAYS;
  const ref = planner.scope.freeText();
  if (ref === null) {
    const rows = planner.scope.kind === 'rows' ? "a chart's rows" : 'joined rows';
    const message = `free text searches \`msg\`, which ${rows} do not have, saw "${clip(expr.value.text)}"`;
    planner.diagnostics.error(expr.span, message, 'name the column: `column="*text*"`');
    return NEVER;
  }
  return { kind: 'mentions', ref, text };
}

export function planOperand(planner: Planner, operand: Operand): Ref | null {
  return planner.scope.resolve(planner, operand);
}

/** Any of the values, each a whole value with wildcards. */
export function matches(ref: Ref, values: readonly string[]): Condition {
  const exact = new Set<string>();
  const numbers = new Set<number>();
  const patterns = new Map<string, WildPattern>();
  for (const value of values) {
    const pattern = patternOf(value);
    if (pattern.kind === 'any') return { kind: 'exists', ref };
    if (pattern.kind !== 'exact') {
      patterns.set(JSON.stringify(pattern), pattern);
      continue;
    }
    exact.add(pattern.text);
    const number = numericValue(value);
    if (number !== undefined) numbers.add(number);
  }
  if (exact.size === 0 && patterns.size === 0) return NEVER;
  const set: ValueSet = { exact: [...exact], numbers: [...numbers], patterns: [...patterns.values()] };
  return { kind: 'matches', ref, values: set };
}

export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
