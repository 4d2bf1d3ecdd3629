import type { Field, Quote } from './ast.ts';
import type { Span } from './diagnostics.ts';

/** `process name(argument, …) as a, b` for every processor but `regex` and `eval`, which have forms of their own. */
export type ProcessCommand = {
  readonly kind: 'process';
  readonly span: Span;
  /** As the language writes it. */
  readonly name: string;
  readonly args: readonly ProcessArgument[];
  readonly targets: readonly Field[];
};

/** A field, text or number: which of them says the processor. `option` is the name in `CIDR=16`. */
export type ProcessArgument = {
  readonly kind: 'argument';
  readonly span: Span;
  readonly option: string | null;
  readonly text: string;
  readonly quote: Quote;
};
