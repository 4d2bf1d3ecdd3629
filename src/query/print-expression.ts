import { unreachable } from '../shared/assert.ts';
import type { Call, Expr, Field, MemberExpr, Operand, Quote, Value } from './ast.ts';

/** The text of an expression; parentheses only where the tree needs them. */
export function printExpression(expr: Expr): string {
  switch (expr.kind) {
    case 'and':
      return expr.operands.map((operand) => group(operand, operand.kind === 'and')).join(' ');
    case 'or':
      return expr.operands
        .map((operand) => group(operand, operand.kind === 'and' || operand.kind === 'or'))
        .join(' OR ');
    case 'not':
      return `-${group(expr.operand, expr.operand.kind === 'and' || expr.operand.kind === 'or')}`;
    case 'compare':
      return `${printOperand(expr.operand)}${expr.op}${printValue(expr.value)}`;
    case 'member':
      return `${printOperand(expr.operand)} IN ${printSet(expr.set)}`;
    case 'text':
      return printValue(expr.value);
    case 'table':
      return `table ${printValue(expr.name)}`;
    default:
      return unreachable(expr);
  }
}

const group = (expr: Expr, needsParentheses: boolean): string =>
  needsParentheses ? `(${printExpression(expr)})` : printExpression(expr);

function printSet(set: MemberExpr['set']): string {
  if (set.kind === 'list') return quoted(set.name, set.quote);
  return `[${set.values.map(printValue).join(', ')}]`;
}

export function printOperand(operand: Operand): string {
  return operand.kind === 'field' ? printField(operand) : printCall(operand);
}

export const printCall = (call: Call): string =>
  `${call.name}(${call.args.map((arg) => (arg.kind === 'field' ? printField(arg) : printValue(arg))).join(', ')})`;

export const printField = (field: Field): string => quoted(field.name, field.quote);

export const printValue = (value: Value): string => quoted(value.text, value.quote);

const quoted = (text: string, quote: Quote): string => (quote === null ? text : `${quote}${text}${quote}`);
