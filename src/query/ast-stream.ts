import type { Command, Duration, Expr, Field } from './ast.ts';
import type { Span } from './diagnostics.ts';

/** `[…] as s1 join […] as s2 on s2.x = s1.y`: rows made of the events of several streams. */
export type StreamSource = {
  readonly kind: 'streams';
  readonly span: Span;
  readonly first: Stream;
  readonly links: readonly StreamLink[];
};

/** One pair of brackets: events, or those that complete `count` events of the same values within a time. */
export type Stream = {
  readonly kind: 'stream';
  readonly span: Span;
  readonly count: number | null;
  readonly filter: Expr | null;
  readonly commands: readonly Command[];
  readonly same: readonly Field[];
  readonly within: Duration | null;
  readonly name: Field | null;
};

export const STREAM_OPERATIONS = [
  'left join',
  'right join',
  'inner join',
  'outer join',
  'join',
  'not followed by',
  'followed by',
] as const;
export type StreamOperation = (typeof STREAM_OPERATIONS)[number];

export type StreamLink = {
  readonly kind: 'link';
  readonly span: Span;
  readonly operation: StreamOperation;
  readonly stream: Stream;
  readonly within: Duration | null;
  readonly on: readonly StreamPair[];
};

/** `s2.x = s1.y`, as written; the names hold the streams' names. */
export type StreamPair = { readonly kind: 'pair'; readonly span: Span; readonly left: Field; readonly right: Field };
