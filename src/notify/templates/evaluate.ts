import { present, unreachable } from '../../shared/assert.ts';
import { type CallArguments, FILTERS, type FilterContext } from './filters.ts';
import { Loop } from './loop.ts';
import { METHODS } from './methods.ts';
import type { Arguments, Expr } from './template-ast.ts';
import {
  asNumber,
  compare,
  type Dict,
  display,
  isEqual,
  isIn,
  isList,
  isText,
  isTrue,
  itemOf,
  TemplateFault,
  textOf,
  typeName,
  type Value,
} from './value.ts';
import { VALUE_TESTS } from './value-tests.ts';

/** Deepest chain of expressions, such as `a + b + …`. */
const EVALUATION_DEPTH_MAX = 500;

/** Names that an expression sees, the fault's place and what it may use up. */
export type Scope = FilterContext & {
  lookup(name: string): Value;
  /** Remembers where the evaluation is, for the message of a fault. */
  mark(at: number): void;
};

/** @throws TemplateFault */
export function evaluate(expr: Expr, scope: Scope, depth = 0): Value {
  scope.meter.step(1);
  if (depth > EVALUATION_DEPTH_MAX)
    throw new TemplateFault(`an expression is longer than ${EVALUATION_DEPTH_MAX} parts`);
  const value = (part: Expr): Value => evaluate(part, scope, depth + 1);
  switch (expr.kind) {
    case 'literal':
      return expr.value;
    case 'list':
      return expr.items.map(value);
    case 'dict':
      return dictOf(
        expr.entries.map((entry) => [value(entry.key), value(entry.value)]),
        scope,
      );
    case 'name':
      return scope.lookup(expr.name);
    case 'item':
      return fieldOf(value(expr.object), value(expr.key));
    case 'slice':
      return sliceOf(value(expr.object), expr.from && value(expr.from), expr.to && value(expr.to), scope);
    case 'call':
      return applyMethod(expr, value, scope);
    case 'filter':
      return applyFilter(expr, value, scope);
    case 'test':
      return applyTest(expr, value, scope);
    case 'not':
      return !isTrue(value(expr.operand));
    case 'negate':
      return negated(value(expr.operand), expr.at, scope);
    case 'and': {
      const left = value(expr.left);
      return isTrue(left) ? value(expr.right) : left;
    }
    case 'or': {
      const left = value(expr.left);
      return isTrue(left) ? left : value(expr.right);
    }
    case 'choice':
      if (isTrue(value(expr.test))) return value(expr.chosen);
      return expr.otherwise === null ? undefined : value(expr.otherwise);
    case 'binary':
      return applyBinary(expr, value, scope);
    default:
      return unreachable(expr);
  }
}

function negated(value: Value, at: number, scope: Scope): number {
  scope.mark(at);
  return -numeric(value);
}

const fieldOf = (object: Value, key: Value): Value => {
  if (object instanceof Loop) return isText(key) ? object.field(textOf(key)) : undefined;
  return itemOf(object, key);
};

function dictOf(entries: readonly (readonly [Value, Value])[], scope: Scope): Value {
  const dict: { [key: string]: Value } = Object.create(null);
  for (const [key, value] of entries) dict[display(key, scope.meter)] = value;
  return dict satisfies Dict;
}

function sliceOf(object: Value, from: Value, to: Value, scope: Scope): Value {
  const start = asNumber(from) ?? 0;
  const end = asNumber(to);
  if (isList(object)) {
    const part = object.slice(start, end);
    scope.meter.step(part.length);
    return part;
  }
  return isText(object) ? scope.meter.text(textOf(object).slice(start, end)) : undefined;
}

const argumentsOf = (args: Arguments, value: (expr: Expr) => Value): CallArguments => ({
  positional: args.positional.map(value),
  named: new Map(args.named.map((named) => [named.name, value(named.value)])),
});

// The parser knows the names of filters, tests and methods: one that is not there never gets here.

function applyMethod(expr: Expr & { kind: 'call' }, value: (part: Expr) => Value, scope: Scope): Value {
  const object = value(expr.object);
  const args = argumentsOf(expr.args, value);
  scope.mark(expr.at);
  return present(METHODS.get(expr.method), 'method')(object, args, scope);
}

function applyFilter(expr: Expr & { kind: 'filter' }, value: (part: Expr) => Value, scope: Scope): Value {
  const object = value(expr.object);
  const args = argumentsOf(expr.args, value);
  scope.mark(expr.at);
  return present(FILTERS.get(expr.name), 'filter')(object, args, scope);
}

function applyTest(expr: Expr & { kind: 'test' }, value: (part: Expr) => Value, scope: Scope): Value {
  const [operand] = expr.args.positional;
  const tested = value(expr.object);
  const against = operand === undefined ? undefined : value(operand);
  scope.mark(expr.at);
  return present(VALUE_TESTS.get(expr.name), 'test')(tested, against, scope.meter);
}

function numeric(value: Value): number {
  if (typeof value !== 'number') throw new TemplateFault(`expected a number but found ${typeName(value)}`);
  return value;
}

function applyBinary(expr: Expr & { kind: 'binary' }, value: (part: Expr) => Value, scope: Scope): Value {
  const left = value(expr.left);
  const right = value(expr.right);
  const { meter } = scope;
  scope.mark(expr.at);
  switch (expr.operator) {
    case '==':
      return isEqual(left, right, meter);
    case '!=':
      return !isEqual(left, right, meter);
    case '<':
      return (compare(left, right) ?? Number.NaN) < 0;
    case '<=':
      return (compare(left, right) ?? Number.NaN) <= 0;
    case '>':
      return (compare(left, right) ?? Number.NaN) > 0;
    case '>=':
      return (compare(left, right) ?? Number.NaN) >= 0;
    case 'in':
      return isIn(left, right, meter);
    case '~':
      return joined(display(left, meter), display(right, meter), scope);
    case '+':
      if (isText(left) && isText(right)) return joined(textOf(left), textOf(right), scope);
      return numeric(left) + numeric(right);
    case '-':
      return numeric(left) - numeric(right);
    case '*':
      return numeric(left) * numeric(right);
    case '**':
      return numeric(left) ** numeric(right);
    case '/':
      return numeric(left) / divisor(right);
    case '//':
      return Math.floor(numeric(left) / divisor(right));
    case '%': {
      const by = divisor(right);
      return ((numeric(left) % by) + by) % by;
    }
    default:
      return unreachable(expr.operator);
  }
}

function joined(left: string, right: string, scope: Scope): string {
  scope.meter.chars(left.length + right.length);
  return left + right;
}

function divisor(value: Value): number {
  const number = numeric(value);
  if (number === 0) throw new TemplateFault('division by zero');
  return number;
}
