import { unreachable } from '../shared/assert.ts';
import type { NumberExpr } from './ast.ts';
import { printField } from './print-expression.ts';

/** The text of arithmetic, fully parenthesised except at the top. */
export function printNumberExpression(expr: NumberExpr): string {
  switch (expr.kind) {
    case 'arithmetic':
      return `${operand(expr.left)}${expr.op}${operand(expr.right)}`;
    case 'negate':
      return `-${operand(expr.operand)}`;
    case 'number':
      return expr.text;
    case 'number-field':
      return printField(expr.field);
    default:
      return unreachable(expr);
  }
}

function operand(expr: NumberExpr): string {
  return expr.kind === 'arithmetic' ? `(${printNumberExpression(expr)})` : printNumberExpression(expr);
}
