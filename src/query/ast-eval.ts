import type { Field, Value } from './ast.ts';
import type { Span } from './diagnostics.ts';

/** `process regex("(?P<name>…)", field)`: named groups become fields. */
export type RegexCommand = {
  readonly kind: 'regex';
  readonly span: Span;
  readonly pattern: Value;
  readonly field: Field;
  /** `"filter=true"`: only what matches stays. */
  readonly mode: Value | null;
};

/** `rex` and `norm`: a pattern as written, over `msg` unless a field is named. */
export type PatternCommand = {
  readonly kind: 'rex' | 'norm';
  readonly span: Span;
  readonly field: Field | null;
  readonly pattern: Value;
};

/** `process eval`, whose argument is `"name=expression"`: the body as written, and what it says. */
export type EvalCommand = {
  readonly kind: 'eval';
  readonly span: Span;
  readonly body: Value;
  readonly target: Field;
  readonly expression: EvalExpr;
};

export type EvalExpr = EvalText | EvalNumber | EvalField | EvalCall | EvalCase | EvalNot | EvalBinary;
export type EvalText = { readonly kind: 'eval-text'; readonly span: Span; readonly text: string };
export type EvalNumber = { readonly kind: 'eval-number'; readonly span: Span; readonly text: string };
export type EvalField = { readonly kind: 'eval-field'; readonly span: Span; readonly field: Field };
export type EvalCall = {
  readonly kind: 'eval-call';
  readonly span: Span;
  readonly name: string;
  readonly args: readonly EvalExpr[];
};
/** `case(condition -> value, …, otherwise)`; the first condition that holds counts. */
export type EvalCase = {
  readonly kind: 'eval-case';
  readonly span: Span;
  readonly arms: readonly { readonly condition: EvalExpr; readonly value: EvalExpr }[];
  readonly otherwise: EvalExpr | null;
};
export type EvalNot = { readonly kind: 'eval-not'; readonly span: Span; readonly operand: EvalExpr };
export const EVAL_OPERATORS = ['||', '&&', '==', '!=', '<', '<=', '>', '>='] as const;
export type EvalOperator = (typeof EVAL_OPERATORS)[number];
export type EvalBinary = {
  readonly kind: 'eval-binary';
  readonly span: Span;
  readonly op: EvalOperator;
  readonly left: EvalExpr;
  readonly right: EvalExpr;
};
