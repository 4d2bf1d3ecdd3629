import type { Span } from './diagnostics.ts';
import { isBlank, type LexMode, readToken } from './lexer.ts';
import { isStreamEnd } from './stream-end.ts';
import { isKeyword, type Token } from './tokens.ts';

/** What a piece of a query is, for the eye. `mistake` is what the grammar has no place for. */
export type TokenClass =
  | 'comment'
  | 'field'
  | 'operator'
  | 'value'
  | 'number'
  | 'text'
  | 'keyword'
  | 'command'
  | 'function'
  | 'processor'
  | 'list'
  | 'name'
  | 'pattern'
  | 'mark'
  | 'mistake';

/** What may stand at a place, and so what can be suggested there. */
export type Place =
  | 'term'
  | 'after-term'
  | 'value'
  | 'list-value'
  | 'after-list-value'
  | 'set'
  | 'table'
  | 'operator'
  | 'command'
  | 'aggregate'
  | 'measured'
  | 'after-aggregate'
  | 'after-bucket'
  | 'group'
  | 'after-group'
  | 'after-time-group'
  | 'by'
  | 'sort-key'
  | 'after-sort-key'
  | 'after-order'
  | 'number'
  | 'unit'
  | 'new-name'
  | 'as'
  | 'field'
  | 'after-field'
  | 'pattern-start'
  | 'processor'
  | 'argument'
  | 'list-argument'
  | 'table-argument'
  | 'after-process'
  | 'eval-value'
  | 'stream-start'
  | 'after-stream'
  | 'after-link'
  | 'same'
  | 'nothing';

/** A piece of the text, and what could have stood in its place. `field` is whose value it is. */
export type ScanItem = {
  readonly span: Span;
  readonly kind: TokenClass;
  readonly place: Place;
  readonly field: string | null;
  /** The only columns that could be named here; null before a chart. */
  readonly columns: readonly string[] | null;
};

/**
 * Walks a query with the lexer of the parser and never gives up: for colours and suggestions, which a text that is
 * still being written needs most. Whether the query holds is the parser's to say.
 */
export class ScanCursor {
  readonly text: string;
  readonly items: ScanItem[] = [];
  pos = 0;
  /** What may follow the last piece. */
  place: Place = 'term';
  /** The field whose value may follow. */
  field: string | null = null;
  isInStream = false;
  /** Names that commands have made so far. */
  readonly names = new Set<string>();
  /** Names of streams so far. */
  readonly streams = new Set<string>();
  /** The only columns that are left, after a chart; null before one. */
  columns: readonly string[] | null = null;
  /** Quotes for which a search for the end of an argument has failed once: from any later place it fails too. */
  readonly unending = new Set<string>();
  #peeked: { at: number; mode: LexMode; token: Token } | null = null;

  constructor(text: string) {
    this.text = text;
  }

  peek(mode: LexMode): Token {
    const peeked = this.#peeked;
    if (peeked !== null && peeked.at === this.pos && peeked.mode === mode) return peeked.token;
    const token = readToken(this.text, this.pos, mode);
    this.#peeked = { at: this.pos, mode, token };
    return token;
  }

  /** Takes the next token as one of `kind`; `next` says what may follow it. */
  take(mode: LexMode, kind: TokenClass, next: Place): Token {
    const token = this.peek(mode);
    if (token.kind === 'end') {
      this.#comments(this.text.length);
      this.pos = this.text.length;
      return token;
    }
    this.mark(token.span, token.kind === 'unclosed' && kind !== 'pattern' ? 'mistake' : kind, next);
    return token;
  }

  /** Takes a piece that the lexer does not know as one. */
  mark(span: Span, kind: TokenClass, next: Place): void {
    this.#comments(span.start);
    if (span.end > span.start)
      this.items.push({ span, kind, place: this.place, field: this.field, columns: this.columns });
    this.pos = Math.max(this.pos, span.end);
    this.place = next;
  }

  takeKeyword(keyword: string, next: Place): boolean {
    if (!isKeyword(this.peek('name'), keyword)) return false;
    this.take('name', 'keyword', next);
    return true;
  }

  takeMark(mark: string, next: Place): boolean {
    const token = this.peek('name');
    if (token.kind !== 'mark' || token.text !== mark) return false;
    this.take('name', 'mark', next);
    return true;
  }

  /** A word or quoted name; false when something else stands there. */
  takeName(kind: TokenClass, next: Place): Token | null {
    const token = this.peek('name');
    if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'unclosed') return null;
    return this.take('name', kind, next);
  }

  /** Nothing of the command is left. */
  isAtEnd(): boolean {
    const token = this.peek('value');
    if (token.kind === 'end') return true;
    if (this.isInStream && (token.text === ']' || isStreamEnd(this.text, token.span.start))) return true;
    return token.kind === 'mark' && token.text === '|';
  }

  /** What the grammar has no place for, up to the next pipe. */
  skipRest(): void {
    while (!this.isAtEnd()) this.take('value', 'mistake', 'nothing');
  }

  finish(): void {
    this.#comments(this.text.length);
  }

  /** Between the last piece and the next are blanks and comments only. */
  #comments(end: number): void {
    let at = this.pos;
    while (at < end) {
      while (at < end && isBlank(this.text.charAt(at))) at++;
      if (at >= end) return;
      const close = this.text.startsWith('/*', at) ? this.text.indexOf('*/', at + 2) : at;
      const stop = close === at ? end : close < 0 ? end : Math.min(end, close + 2);
      if (close !== at) {
        this.items.push({
          span: { start: at, end: stop },
          kind: 'comment',
          place: 'nothing',
          field: null,
          columns: null,
        });
      }
      at = stop;
    }
  }
}
