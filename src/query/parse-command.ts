import type { Command, SearchCommand } from './ast.ts';
import { parseChart, parseTimechart } from './parse-chart.ts';
import { parseFields, parseLatest, parseLimit, parseOrder, parseRename } from './parse-columns.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseProcess } from './parse-process.ts';
import { parseNorm, parseRex } from './parse-rex.ts';
import { describe, type Token } from './tokens.ts';
import { adviceForCommand } from './unknown-command.ts';

/** Reads what follows a command's name; null after a mistake, which is reported. */
type ParseCommand = (cursor: Cursor, start: Token) => Command | null;

const parseSearch =
  (name: 'search' | 'filter'): ParseCommand =>
  (cursor, start): SearchCommand | null => {
    const condition = parseExpression(cursor, { closesWith: null, allowsColumns: true });
    if (condition !== null) {
      return { kind: 'search', span: { start: start.span.start, end: condition.span.end }, name, condition };
    }
    if (!cursor.hasStopped)
      cursor.error(start.span, `expected a condition after \`${name}\``, `write \`| ${name} n > 5\``);
    return null;
  };

/** Every command of the language. One entry each; the grammar of an entry is in a file of its own. */
export const COMMANDS: ReadonlyMap<string, ParseCommand> = new Map<string, ParseCommand>([
  ['chart', parseChart],
  ['search', parseSearch('search')],
  ['filter', parseSearch('filter')],
  ['fields', parseFields],
  ['rename', parseRename],
  ['order', parseOrder],
  ['limit', parseLimit],
  ['timechart', parseTimechart],
  ['process', parseProcess],
  ['norm', parseNorm],
  ['rex', parseRex],
  ['latest', parseLatest],
]);

/** Reads the commands from the first pipe on. A mistake ends its command; reading goes on at the next pipe. */
export function parseCommands(cursor: Cursor): Command[] {
  const commands: Command[] = [];
  for (;;) {
    // Of a stream, its end is left to whoever reads the stream.
    if (cursor.closing !== null && cursor.peek('value').text !== '|') return commands;
    const pipe = cursor.next('value');
    if (pipe.kind === 'end' || cursor.hasStopped) return commands;
    const command = parseCommand(cursor, pipe);
    if (command !== null && !cursor.isAtCommandEnd()) {
      const rest = cursor.peek('name');
      cursor.error(rest.span, `expected \`|\` or the end after \`${nameOf(command)}\`, saw ${describe(rest)}`);
    }
    if (command !== null) commands.push(command);
    cursor.skipToPipe();
  }
}

const nameOf = (command: Command): string => ('name' in command ? command.name : command.kind);

function parseCommand(cursor: Cursor, pipe: Token): Command | null {
  const start = cursor.peek('name');
  if (start.kind !== 'word') {
    const where = start.kind === 'end' || start.text === '|' ? pipe.span : start.span;
    cursor.error(
      where,
      `expected a command after \`|\`, saw ${describe(start)}`,
      `commands are ${[...COMMANDS.keys()].join(', ')}`,
    );
    return null;
  }
  cursor.next('name');
  const parse = COMMANDS.get(start.text.toLowerCase());
  if (parse !== undefined) return parse(cursor, start);
  const from = cursor.pos;
  cursor.skipToPipe();
  const rest = cursor.text.slice(from, cursor.pos).trim();
  const advice = adviceForCommand(start.text.toLowerCase(), rest, [...COMMANDS.keys()]);
  cursor.error(start.span, `expected a command, saw ${describe(start)}`, advice);
  return null;
}
