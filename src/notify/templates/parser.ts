import { DEPTH_MAX, ExpressionParser } from './expression-parser.ts';
import { type Piece, readPieces } from './lexer.ts';
import type { Branch, Node } from './template-ast.ts';
import { TemplateError } from './template-error.ts';

/** Longest template text, in characters. */
export const TEMPLATE_CHARS_MAX = 64 * 1024;

/** A template that was read and is free of syntax errors. */
export type Template = { readonly source: string; readonly nodes: readonly Node[] };

/**
 * Reads a template. Unknown filters and tests are found when it is rendered.
 *
 * @throws TemplateError with line and column
 */
export function parseTemplate(source: string): Template {
  if (source.length > TEMPLATE_CHARS_MAX) {
    throw new TemplateError(
      `template has ${source.length} characters, expected at most ${TEMPLATE_CHARS_MAX}`,
      source,
      0,
    );
  }
  const parser = new BlockParser(source, readPieces(source));
  return { source, nodes: parser.template() };
}

type Tag = { readonly word: string; readonly parser: ExpressionParser; readonly at: number };

class BlockParser {
  readonly #source: string;
  readonly #pieces: readonly Piece[];
  #next = 0;
  #depth = 0;

  constructor(source: string, pieces: readonly Piece[]) {
    this.#source = source;
    this.#pieces = pieces;
  }

  template(): Node[] {
    const { nodes, tag } = this.#nodes([]);
    if (tag !== null) tag.parser.fail(`${tag.word} closes nothing`, tag.at);
    return nodes;
  }

  /** Nodes up to a tag whose word is one of `ends`, which is taken too; `tag` is null at the end of the template. */
  #nodes(ends: readonly string[]): { readonly nodes: Node[]; readonly tag: Tag | null } {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.#pieces[this.#next];
      if (piece === undefined) return { nodes, tag: null };
      this.#next += 1;
      if (piece.kind === 'text') {
        nodes.push(piece);
        continue;
      }
      const parser = new ExpressionParser(this.#source, piece.tokens, piece.endAt);
      if (piece.kind === 'output') {
        nodes.push({ kind: 'output', expr: parser.expression(), at: piece.at });
        parser.end();
        continue;
      }
      const token = parser.peek();
      const word = token?.kind === 'name' ? token.text : '';
      parser.accept('name', word);
      const tag: Tag = { word, parser, at: piece.at };
      if (ends.includes(word)) return { nodes, tag };
      nodes.push(this.#statement(tag));
    }
  }

  #body(ends: readonly string[], opened: Tag): { readonly nodes: Node[]; readonly tag: Tag } {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) opened.parser.fail(`nested deeper than ${DEPTH_MAX}`, opened.at);
    const { nodes, tag } = this.#nodes(ends);
    this.#depth -= 1;
    if (tag === null) return opened.parser.fail(`expected {% ${ends.at(-1) ?? ''} %} before the end`, opened.at);
    return { nodes, tag };
  }

  #statement(tag: Tag): Node {
    switch (tag.word) {
      case 'if':
        return this.#if(tag);
      case 'for':
        return this.#for(tag);
      case 'set':
        return this.#set(tag);
      case 'elif':
      case 'else':
      case 'endif':
      case 'endfor':
        return tag.parser.fail(`${tag.word} closes nothing`, tag.at);
      default:
        return tag.parser.fail(
          `unknown tag ${JSON.stringify(tag.word.slice(0, 40))}, expected if, for, set or raw`,
          tag.at,
        );
    }
  }

  #if(opened: Tag): Node {
    const branches: Branch[] = [];
    let tag = opened;
    while (tag.word === 'if' || tag.word === 'elif') {
      const test = tag.parser.expression();
      tag.parser.end();
      const body = this.#body(['elif', 'else', 'endif'], opened);
      branches.push({ test, body: body.nodes });
      tag = body.tag;
    }
    let otherwise: Node[] = [];
    if (tag.word === 'else') {
      tag.parser.end();
      const body = this.#body(['endif'], opened);
      otherwise = body.nodes;
      tag = body.tag;
    }
    tag.parser.end();
    return { kind: 'if', branches, otherwise };
  }

  #for(opened: Tag): Node {
    const { parser } = opened;
    const names = this.#names(parser);
    parser.expect('name', 'in');
    const list = parser.expression(false);
    const filter = parser.accept('name', 'if') ? parser.expression() : null;
    parser.end();
    const body = this.#body(['else', 'endfor'], opened);
    let { tag } = body;
    let otherwise: Node[] = [];
    if (tag.word === 'else') {
      tag.parser.end();
      const rest = this.#body(['endfor'], opened);
      otherwise = rest.nodes;
      tag = rest.tag;
    }
    tag.parser.end();
    return { kind: 'for', names, list, filter, body: body.nodes, otherwise, at: opened.at };
  }

  #set(tag: Tag): Node {
    const { parser } = tag;
    const names = this.#names(parser);
    parser.expect('operator', '=');
    const expr = parser.expression();
    parser.end();
    return { kind: 'set', names, expr, at: tag.at };
  }

  #names(parser: ExpressionParser): string[] {
    const names = [parser.name('a name')];
    while (parser.accept('operator', ',')) names.push(parser.name('a name'));
    return names;
  }
}
