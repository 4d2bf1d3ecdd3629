import { DiagnosticList, type Span } from './diagnostics.ts';
import { isCurlyQuote, type LexMode, readToken, unclosedComment } from './lexer.ts';
import { isStreamEnd } from './stream-end.ts';
import { isKeyword, type Token } from './tokens.ts';

/** The place that parsing has reached in the text, shared by all parts of the grammar. */
export class Cursor {
  readonly text: string;
  readonly diagnostics = new DiagnosticList();
  /** Offset of the first character that no token has taken yet. */
  pos = 0;
  /** Set when the rest of the text is not worth reading: too deep, or too many mistakes. */
  hasStopped = false;
  /** The bracket that ends what is being read: inside a stream. */
  closing: ']' | null = null;
  #hasEnded = false;
  #hasWarnedOfCurly = false;
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

  next(mode: LexMode): Token {
    const token = this.peek(mode);
    if (token.kind === 'end' && !this.#hasEnded) this.#reportUnclosedComment();
    this.pos = token.span.end;
    if (token.kind === 'quoted' && isCurlyQuote(this.text.charAt(token.span.start))) this.#warnOfCurly(token);
    return token;
  }

  /** Takes the keyword when it is next. */
  takeKeyword(keyword: string): Token | null {
    return isKeyword(this.peek('name'), keyword) ? this.next('name') : null;
  }

  takeMark(mark: string): Token | null {
    const token = this.peek('name');
    return token.kind === 'mark' && token.text === mark ? this.next('name') : null;
  }

  /** Pasted text: the curly pair is read as a straight one, which is said once. */
  #warnOfCurly({ span }: Token): void {
    if (this.#hasWarnedOfCurly) return;
    this.#hasWarnedOfCurly = true;
    this.diagnostics.warn(span, 'curly quotes are read as straight ones', 'write " or \'');
  }

  /** A comment that never closes has hidden the rest of the query. */
  #reportUnclosedComment(): void {
    this.#hasEnded = true;
    const open = unclosedComment(this.text, this.pos);
    if (open === null || this.hasStopped) return;
    this.error({ start: open, end: open + 2 }, 'the comment is never closed', 'close it with `*/`');
  }

  error(span: Span, message: string, suggestion: string | null = null): void {
    this.diagnostics.error(span, message, suggestion);
    if (this.diagnostics.isFull) this.stop();
  }

  stop(): void {
    this.hasStopped = true;
    this.pos = this.text.length;
  }

  /** Moves to the next pipe outside quotes, or to the end: where the next command can be read after a mistake. */
  skipToPipe(): void {
    for (;;) {
      const token = this.peek('value');
      if (token.kind === 'end' || (token.kind === 'mark' && (token.text === '|' || token.text === this.closing)))
        return;
      this.next('value');
    }
  }

  /** Nothing but a pipe or the end is left of this command. */
  isAtCommandEnd(): boolean {
    const token = this.peek('name');
    if (token.kind === 'end') return true;
    if (this.closing !== null && isStreamEnd(this.text, token.span.start)) return true;
    return token.kind === 'mark' && (token.text === '|' || token.text === this.closing);
  }
}

export const spanOver = (from: Span, to: Span): Span => ({ start: from.start, end: to.end });
