import type { EvalCommand, PatternCommand, RegexCommand } from './ast-eval.ts';
import type { ProcessCommand } from './ast-process.ts';
import type { StreamSource } from './ast-stream.ts';
import type { Span } from './diagnostics.ts';
import type { Comparison } from './tokens.ts';

/** The tree of an LPQL query: closed unions, immutable, a span on every node. `printQuery` gives its text back. */
export type Query = {
  readonly kind: 'query';
  readonly span: Span;
  /** Streams instead of a search expression; null for a plain query. */
  readonly streams: StreamSource | null;
  /** The search expression before the first pipe; null means every event. */
  readonly filter: Expr | null;
  readonly commands: readonly Command[];
};

/** AND and OR hold two or more operands; parentheses live on only as nesting. */
export type Expr = AndExpr | OrExpr | NotExpr | CompareExpr | MemberExpr | TextExpr | TableExpr;

export type AndExpr = { readonly kind: 'and'; readonly span: Span; readonly operands: readonly Expr[] };
export type OrExpr = { readonly kind: 'or'; readonly span: Span; readonly operands: readonly Expr[] };
export type NotExpr = { readonly kind: 'not'; readonly span: Span; readonly operand: Expr };

export type CompareExpr = {
  readonly kind: 'compare';
  readonly span: Span;
  readonly operand: Operand;
  readonly op: Comparison;
  readonly value: Value;
};

/** `f IN [a, b*]`, `f IN NAME`. */
export type MemberExpr = {
  readonly kind: 'member';
  readonly span: Span;
  readonly operand: Operand;
  readonly set: ValueList | ListName;
};
export type ValueList = { readonly kind: 'values'; readonly span: Span; readonly values: readonly Value[] };
export type ListName = {
  readonly kind: 'list';
  readonly span: Span;
  readonly name: string;
  readonly quote: Quote;
};

/** A word, phrase or pattern that is looked for in `msg`. */
export type TextExpr = { readonly kind: 'text'; readonly span: Span; readonly value: Value };
/** `table "name"`: rows of a table as the source. */
export type TableExpr = { readonly kind: 'table'; readonly span: Span; readonly name: Value };

/** How a value or name was written. */
export type Quote = '"' | "'" | null;
export type Value = { readonly kind: 'value'; readonly span: Span; readonly text: string; readonly quote: Quote };

export type Operand = Field | Call;
export type Field = { readonly kind: 'field'; readonly span: Span; readonly name: string; readonly quote: Quote };
/** A function over a field as operand or group key, or the name of a chart's column (`count()`), lower case. */
export type Call = {
  readonly kind: 'call';
  readonly span: Span;
  readonly name: string;
  readonly args: readonly (Field | Value)[];
};

export type Command =
  | ChartCommand
  | TimechartCommand
  | SearchCommand
  | FieldsCommand
  | RenameCommand
  | OrderCommand
  | LimitCommand
  | LatestCommand
  | RegexCommand
  | EvalCommand
  | PatternCommand
  | ProcessCommand;

export type ChartCommand = {
  readonly kind: 'chart';
  readonly span: Span;
  readonly aggregates: readonly Aggregate[];
  readonly groups: readonly Operand[];
  readonly order: readonly SortKey[];
  readonly limit: Limit | null;
};

/** A chart whose first group is a bucket of time. */
export type TimechartCommand = {
  readonly kind: 'timechart';
  readonly span: Span;
  readonly aggregates: readonly Aggregate[];
  readonly groups: readonly Operand[];
  /** Null: chosen from the range that is searched. */
  readonly every: Duration | null;
  readonly order: readonly SortKey[];
  readonly limit: Limit | null;
};

export const TIME_UNITS = ['second', 'minute', 'hour', 'day'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];
export type Duration = {
  readonly kind: 'duration';
  readonly span: Span;
  readonly count: number;
  readonly unit: TimeUnit;
};

export const AGGREGATE_NAMES = [
  'count',
  'distinct_count',
  'distinct_list',
  'sum',
  'avg',
  'min',
  'max',
  'var',
  'median',
] as const;
export type AggregateName = (typeof AGGREGATE_NAMES)[number];

export type Aggregate = {
  readonly kind: 'aggregate';
  readonly span: Span;
  readonly name: AggregateName;
  readonly argument: AggregateArgument | null;
  readonly alias: Field | null;
};
export type AggregateArgument =
  | { readonly kind: 'number-expression'; readonly span: Span; readonly expression: NumberExpr }
  | { readonly kind: 'condition'; readonly span: Span; readonly condition: Expr };

export type NumberExpr = NumberLiteral | NumberField | NumberOperation | NumberNegation;
export type NumberLiteral = { readonly kind: 'number'; readonly span: Span; readonly text: string };
export type NumberField = { readonly kind: 'number-field'; readonly span: Span; readonly field: Field };
export type NumberOperation = {
  readonly kind: 'arithmetic';
  readonly span: Span;
  readonly op: '+' | '-' | '*' | '/';
  readonly left: NumberExpr;
  readonly right: NumberExpr;
};
export type NumberNegation = { readonly kind: 'negate'; readonly span: Span; readonly operand: NumberExpr };

export type SortKey = {
  readonly kind: 'sort-key';
  readonly span: Span;
  readonly key: Operand | Aggregate;
  readonly direction: 'asc' | 'desc';
};

export type Limit = { readonly kind: 'limit-count'; readonly span: Span; readonly count: number };

/** `search` and `filter` keep the rows that satisfy a condition. */
export type SearchCommand = {
  readonly kind: 'search';
  readonly span: Span;
  readonly name: 'search' | 'filter';
  readonly condition: Expr;
};

export type FieldsCommand = {
  readonly kind: 'fields';
  readonly span: Span;
  readonly columns: readonly (Field | Aggregate)[];
};

export type RenameCommand = { readonly kind: 'rename'; readonly span: Span; readonly pairs: readonly RenamePair[] };
export type RenamePair = {
  readonly kind: 'rename-pair';
  readonly span: Span;
  readonly from: Field;
  readonly to: Field;
};

export type OrderCommand = { readonly kind: 'order'; readonly span: Span; readonly keys: readonly SortKey[] };
export type LimitCommand = { readonly kind: 'limit'; readonly span: Span; readonly limit: Limit };

/** `latest by f`: of the events with one value, the newest. */
export type LatestCommand = { readonly kind: 'latest'; readonly span: Span; readonly groups: readonly Operand[] };
