import type { Query } from './ast.ts';
import { type Diagnostic, hasErrors } from './diagnostics.ts';
import { parseCommands } from './parse-command.ts';
import { Cursor } from './parse-cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseStreams } from './parse-stream.ts';

export type ParsedQuery = {
  /** Null as soon as one diagnostic is an error. */
  readonly query: Query | null;
  readonly diagnostics: readonly Diagnostic[];
};

/** Longer queries are refused unread; the longest known one has 212 kB. */
export const queryCharsMax = 16 * 1024 * 1024;

/** Reads a query; empty text asks for every event. Never throws on user text, takes time linear in its length and no call stack that grows with it. */
export function parseQuery(text: string): ParsedQuery {
  const cursor = new Cursor(text);
  if (text.length > queryCharsMax) {
    cursor.error({ start: 0, end: 1 }, `expected at most ${queryCharsMax} characters, saw ${text.length}`);
    return { query: null, diagnostics: cursor.diagnostics.items };
  }
  const first = cursor.peek('term');
  const isStream = first.kind === 'mark' && first.text === '[';
  const streams = isStream ? parseStreams(cursor) : null;
  if (isStream && streams === null) return { query: null, diagnostics: cursor.diagnostics.items };
  const filter = isStream ? null : parseExpression(cursor, { closesWith: null, allowsColumns: false });
  const commands = parseCommands(cursor);
  const diagnostics = cursor.diagnostics.items;
  if (hasErrors(diagnostics)) return { query: null, diagnostics };
  return { query: { kind: 'query', span: { start: 0, end: text.length }, streams, filter, commands }, diagnostics };
}
