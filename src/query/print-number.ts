import { unreachable } from '../shared/assert.ts';
import type { NumberExpr } from './ast.ts';
import { printField } from './print-expression.ts';

/** The text of arithmetic; parentheses only where the tree needs them. */
export function printNumberExpression(expr: NumberExpr): string {
  switch (expr.kind) {
    case 'arithmetic': {
      const rank = RANK[expr.op];
      return `${operand(expr.left, rank)}${expr.op}${operand(expr.right, rank + 1)}`;
    }
    case 'negate':
      return `-${operand(expr.operand, NEGATION_RANK)}`;
    case 'number':
      return expr.text;
    case 'number-field':
      return printField(expr.field);
    default:
      return unreachable(expr);
  }
}

const RANK = { '+': 1, '-': 1, '*': 2, '/': 2 } as const;
const NEGATION_RANK = 3;

/** Operations of one rank are read from the left, so the right side must bind tighter. */
function operand(expr: NumberExpr, rankMin: number): string {
  const text = printNumberExpression(expr);
  return expr.kind === 'arithmetic' && RANK[expr.op] < rankMin ? `(${text})` : text;
}
