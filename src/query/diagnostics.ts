/** UTF-16 offsets into the query text; `end` is exclusive. */
export type Span = { readonly start: number; readonly end: number };

/**
 * What is wrong with a query, as data: rendered by `formatDiagnostic` for the command line, by span in the API and the
 * console. `message` names what was seen and what was expected, lower case, no full stop.
 */
export type Diagnostic = {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly span: Span;
  /** What to write instead, when that is likely; null otherwise. */
  readonly suggestion: string | null;
};

/** A query is told of so many mistakes at once; the rest waits until these are mended. */
export const diagnosticsMax = 20;

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some(({ severity }) => severity === 'error');

/** Collects diagnostics up to `diagnosticsMax`. */
export class DiagnosticList {
  readonly #items: Diagnostic[] = [];

  error(span: Span, message: string, suggestion: string | null = null): void {
    this.#add({ severity: 'error', message, span, suggestion });
  }

  warn(span: Span, message: string, suggestion: string | null = null): void {
    this.#add({ severity: 'warning', message, span, suggestion });
  }

  addAll(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#add(diagnostic);
  }

  get items(): readonly Diagnostic[] {
    return this.#items;
  }

  get isFull(): boolean {
    return this.#items.length >= diagnosticsMax;
  }

  #add(diagnostic: Diagnostic): void {
    if (!this.isFull) this.#items.push(diagnostic);
  }
}

/** Line and column of an offset, both from 1; columns are UTF-16 units. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const at = Math.min(offset, text.length);
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  return { line: text.slice(0, lineStart).split('\n').length, column: at - lineStart + 1 };
}

const EXCERPT_CHARS_MAX = 100;

/**
 * A diagnostic as text: `line:column: error: message`, the piece of the line around it, a caret line, and what to write
 * instead. Line and column count from 1; columns are UTF-16 units.
 */
export function formatDiagnostic(text: string, diagnostic: Diagnostic): string {
  const start = Math.min(diagnostic.span.start, text.length);
  const { line, column } = placeOf(text, start);
  const lineStart = start - column + 1;
  const newline = text.indexOf('\n', start);
  const lineEnd = newline < 0 ? text.length : newline;
  const from = Math.max(lineStart, start - EXCERPT_CHARS_MAX / 2);
  const to = Math.min(lineEnd, from + EXCERPT_CHARS_MAX);
  const excerpt = `${from > lineStart ? '…' : ''}${text.slice(from, to)}${to < lineEnd ? '…' : ''}`;
  const indent = start - from + (from > lineStart ? 1 : 0);
  const carets = '^'.repeat(Math.max(1, Math.min(diagnostic.span.end, to) - start));
  const lines = [
    `${line}:${column}: ${diagnostic.severity}: ${diagnostic.message}`,
    `  ${excerpt.replaceAll(CONTROL, ' ')}`,
    `  ${' '.repeat(indent)}${carets}`,
  ];
  if (diagnostic.suggestion !== null) lines.push(`  help: ${diagnostic.suggestion}`);
  return lines.join('\n');
}

const CONTROL = /\p{Cc}/gu;
