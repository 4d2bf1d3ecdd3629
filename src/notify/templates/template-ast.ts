/** `at` is the offset in the template, for messages. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly expr: Expr; readonly at: number }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
  | ForNode
  | { readonly kind: 'set'; readonly names: readonly string[]; readonly expr: Expr; readonly at: number };

export type Branch = { readonly test: Expr; readonly body: readonly Node[] };
export type ForNode = {
  readonly kind: 'for';
  readonly names: readonly string[];
  readonly list: Expr;
  /** `for x in y if …` */
  readonly filter: Expr | null;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
  readonly at: number;
};

export const BINARY_OPERATORS = [
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '**',
  '~',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
] as const;
export type BinaryOperator = (typeof BINARY_OPERATORS)[number];

export type Arguments = {
  readonly positional: readonly Expr[];
  readonly named: readonly { readonly name: string; readonly value: Expr }[];
};

export type Expr = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'dict'; readonly entries: readonly { readonly key: Expr; readonly value: Expr }[] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'item'; readonly object: Expr; readonly key: Expr }
  | { readonly kind: 'slice'; readonly object: Expr; readonly from: Expr | null; readonly to: Expr | null }
  | { readonly kind: 'call'; readonly object: Expr; readonly method: string; readonly args: Arguments }
  | { readonly kind: 'filter'; readonly object: Expr; readonly name: string; readonly args: Arguments }
  | { readonly kind: 'test'; readonly object: Expr; readonly name: string; readonly args: Arguments }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expr }
  | { readonly kind: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'choice'; readonly test: Expr; readonly chosen: Expr; readonly otherwise: Expr | null }
);
