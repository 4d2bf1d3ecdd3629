import { AGGREGATE_NAMES, type Call, type Expr, type Field, type Operand, type Value, type ValueList } from './ast.ts';
import { type Cursor, spanOver } from './parse-cursor.ts';
import {
  BARE_FIELD,
  type Comparison,
  describe,
  isComparison,
  isKeyword,
  RESERVED_WORDS,
  type Token,
} from './tokens.ts';

export type TermContext = {
  /** The bracket that ends the expression because it belongs to what surrounds it. */
  readonly closesWith: ')' | ']' | null;
  /** After a pipe: `count() > 5` compares a column of a chart. */
  readonly allowsColumns: boolean;
};

/** Functions that may stand where a field stands. */
export const OPERAND_FUNCTIONS: ReadonlySet<string> = new Set([
  'step',
  'lower',
  'upper',
  'second',
  'minute',
  'hour',
  'day',
  'day_of_week',
  'week',
  'month',
  'year',
]);

const AGGREGATES: ReadonlySet<string> = new Set(AGGREGATE_NAMES);

/** Reads one comparison, membership, table or free text; null after a mistake, which is reported and stepped over. */
export function parsePrimary(cursor: Cursor, context: TermContext): Expr | null {
  const token = cursor.next('term');
  if (token.kind === 'unclosed') return reportUnclosed(cursor, token);
  if (token.kind !== 'word' && token.kind !== 'quoted') return reportNoTerm(cursor, token);
  const call = token.kind === 'word' ? parseCall(cursor, token) : null;
  if (call === 'failed') return null;
  if (call !== null && AGGREGATES.has(call.name) && !context.allowsColumns) return reportEarlyAggregate(cursor, call);
  const after = cursor.peek('term');
  if (after.kind === 'operator') return parseComparison(cursor, token, call);
  if (isKeyword(after, 'in')) return parseMembership(cursor, token, call);
  if (call !== null) {
    cursor.error(
      after.kind === 'end' ? call.span : after.span,
      `expected a comparison after \`${call.name}(…)\`, saw ${describe(after)}`,
    );
    return null;
  }
  if (isKeyword(token, 'in')) {
    cursor.error(
      token.span,
      'expected a field before `IN`',
      'write `field IN [a, b]`; `-field IN [a, b]` for the contrary',
    );
    return null;
  }
  if (isKeyword(token, 'table') && after.kind === 'quoted') {
    cursor.next('term');
    return { kind: 'table', span: spanOver(token.span, after.span), name: toValue(cursor, after) };
  }
  return { kind: 'text', span: token.span, value: toValue(cursor, token) };
}

function reportEarlyAggregate(cursor: Cursor, call: Call): null {
  const text = cursor.text.slice(call.span.start, call.span.end);
  cursor.error(
    call.span,
    `\`${text}\` belongs after a \`|\`, saw it in a search expression`,
    `write \`| chart ${text}\``,
  );
  return null;
}

function parseComparison(cursor: Cursor, token: Token, call: Call | null): Expr | null {
  const operand = call ?? fieldOf(cursor, token);
  const operator = cursor.next('term');
  const op = operator.text;
  if (!isComparison(op)) throw new Error(`the lexer made an operator of ${op}`);
  const value = parseValue(cursor, operator);
  if (value === null || operand === null) return null;
  return { kind: 'compare', span: spanOver(operand.span, value.span), operand, op: op satisfies Comparison, value };
}

/** The value after an operator. */
function parseValue(cursor: Cursor, operator: Token): Value | null {
  const token = cursor.peek('value');
  if (token.kind === 'word' || token.kind === 'quoted') {
    cursor.next('value');
    return toValue(cursor, token);
  }
  if (token.kind === 'unclosed') {
    cursor.next('value');
    reportUnclosed(cursor, token);
    return null;
  }
  cursor.error(
    token.span.end > token.span.start ? token.span : operator.span,
    missingValue(operator, token),
    valueHelp(token),
  );
  if (token.kind === 'operator') cursor.next('value');
  if (token.text === '[') skipList(cursor, token);
  return null;
}

const missingValue = (operator: Token, token: Token): string =>
  `expected a value after ${describe(operator)}, saw ${describe(token)}`;

function valueHelp(token: Token): string {
  if (token.text === '[') return 'to match one of several values, write `field IN [a, b]`';
  if (token.text === '(') return 'to match one of several values, write `field IN [a, b]` or `(field=a OR field=b)`';
  return 'an empty value is written ""; a value that holds `=` is quoted';
}

function parseMembership(cursor: Cursor, token: Token, call: Call | null): Expr | null {
  const operand = call ?? fieldOf(cursor, token);
  const keyword = cursor.next('term');
  const after = cursor.peek('value');
  if (after.kind === 'mark' && after.text === '[') {
    const set = parseValueList(cursor);
    if (set === null || operand === null) return null;
    return { kind: 'member', span: spanOver(operand.span, set.span), operand, set };
  }
  if (after.kind === 'word' || after.kind === 'quoted') {
    cursor.next('value');
    if (operand === null) return null;
    const quote = quoteOf(cursor, after);
    const set = { kind: 'list', span: after.span, name: after.text, quote } as const;
    return { kind: 'member', span: spanOver(operand.span, set.span), operand, set };
  }
  if (after.kind === 'unclosed') {
    cursor.next('value');
    reportUnclosed(cursor, after);
    return null;
  }
  cursor.error(
    keyword.span,
    `expected a list after \`IN\`, saw ${describe(after)}`,
    'write `[a, b]` or the name of a list',
  );
  return null;
}

/** `[a, "b c", d*]`, with one value at least. */
function parseValueList(cursor: Cursor): ValueList | null {
  const open = cursor.next('value');
  const values: Value[] = [];
  for (;;) {
    const item = cursor.next('value');
    if (item.kind === 'unclosed') {
      reportUnclosed(cursor, item);
      return null;
    }
    if (item.kind !== 'word' && item.kind !== 'quoted') {
      cursor.error(
        item.kind === 'end' ? open.span : item.span,
        `expected a value in the list, saw ${describe(item)}`,
        LIST_HELP,
      );
      if (item.text === '|') cursor.pos = item.span.start;
      return null;
    }
    values.push(toValue(cursor, item));
    const after = cursor.next('value');
    if (after.kind === 'mark' && after.text === ']') {
      return { kind: 'values', span: spanOver(open.span, after.span), values };
    }
    if (after.kind === 'mark' && after.text === ',') continue;
    cursor.error(
      after.kind === 'end' ? open.span : after.span,
      `expected \`,\` or \`]\` after ${describe(item)}, saw ${describe(after)}`,
      LIST_HELP,
    );
    skipList(cursor, after);
    return null;
  }
}

const LIST_HELP = 'a list reads [a, "b c", d*]; values with blanks are quoted';

/** After a mistake inside a list: on to its end, so that one slip is one message. */
function skipList(cursor: Cursor, at: Token): void {
  let token = at;
  while (token.kind !== 'end' && token.text !== ']') {
    if (token.kind === 'mark' && token.text === '|') {
      cursor.pos = token.span.start;
      return;
    }
    token = cursor.next('value');
  }
}

/** `name(` without a blank between, when the name is a function. Anything else is a word before a group. */
function parseCall(cursor: Cursor, token: Token): Call | null | 'failed' {
  const name = token.text.toLowerCase();
  const isAggregate = AGGREGATES.has(name);
  if (cursor.text.charAt(token.span.end) !== '(' || !(isAggregate || OPERAND_FUNCTIONS.has(name))) return null;
  cursor.next('name');
  const args: (Field | Value)[] = [];
  if (cursor.peek('name').text !== ')') {
    do {
      const argument = cursor.next('name');
      if (argument.kind !== 'word' && argument.kind !== 'quoted') {
        cursor.error(argument.span, `expected a field or number inside \`${name}(…)\`, saw ${describe(argument)}`);
        return 'failed';
      }
      args.push(isNumber(argument) ? toValue(cursor, argument) : nameOf(cursor, argument));
    } while (cursor.takeMark(',') !== null);
  }
  const close = cursor.next('name');
  if (close.text !== ')' || close.kind !== 'mark') {
    cursor.error(
      close.kind === 'end' ? token.span : close.span,
      `expected \`)\` after \`${name}(\`, saw ${describe(close)}`,
    );
    return 'failed';
  }
  return { kind: 'call', span: spanOver(token.span, close.span), name, args };
}

const isNumber = (token: Token): boolean => token.kind === 'word' && /^\d/.test(token.text);

/** A field or function as a group key or sort key, read among a command's arguments. */
export function parseOperand(cursor: Cursor): Operand | null {
  const token = cursor.next('name');
  if (token.kind === 'unclosed') return reportUnclosed(cursor, token);
  if (token.kind !== 'word' && token.kind !== 'quoted') {
    cursor.error(token.span, `expected a field, saw ${describe(token)}`);
    return null;
  }
  const call = token.kind === 'word' ? parseCall(cursor, token) : null;
  if (call === 'failed') return null;
  return call ?? fieldOf(cursor, token);
}

/** A name among a command's arguments. Reserved words need quotes here too. */
export function parseName(cursor: Cursor, what: string): Field | null {
  const token = cursor.next('name');
  if (token.kind === 'unclosed') return reportUnclosed(cursor, token);
  if (token.kind === 'word' || token.kind === 'quoted') return fieldOf(cursor, token);
  cursor.error(token.span, `expected ${what}, saw ${describe(token)}`);
  return null;
}

/** The field that `token` names; reports a name that needs quotes. */
export function fieldOf(cursor: Cursor, token: Token): Field | null {
  if (token.kind === 'word') {
    if (RESERVED_WORDS.has(token.text.toLowerCase())) {
      cursor.error(
        token.span,
        `expected a field, saw the reserved word ${describe(token)}`,
        `as a field it is quoted: "${token.text}"`,
      );
      return null;
    }
    if (!BARE_FIELD.test(token.text)) {
      cursor.error(
        token.span,
        `expected a field made of letters, digits, \`_\` and \`.\`, saw ${describe(token)}`,
        `quote the name: "${token.text}"`,
      );
      return null;
    }
  } else if (token.text === '') {
    cursor.error(token.span, 'expected the name of a field, saw an empty one');
    return null;
  }
  return nameOf(cursor, token);
}

const nameOf = (cursor: Cursor, token: Token): Field => ({
  kind: 'field',
  span: token.span,
  name: token.text,
  quote: quoteOf(cursor, token),
});

export const toValue = (cursor: Cursor, token: Token): Value => ({
  kind: 'value',
  span: token.span,
  text: token.text,
  quote: quoteOf(cursor, token),
});

export function quoteOf(cursor: Cursor, token: Token): '"' | "'" | null {
  if (token.kind !== 'quoted') return null;
  const quote = cursor.text.charAt(token.span.start);
  if (quote === "'") return "'";
  return quote === '"' || !token.text.includes('"') ? '"' : "'";
}

function reportNoTerm(cursor: Cursor, token: Token): null {
  const help =
    token.kind === 'operator' ? 'a field stands before an operator; text that holds the sign is quoted' : null;
  cursor.error(token.span, `expected a term, saw ${describe(token)}`, help);
  return null;
}

/** A quote that never closes takes the rest of the text: point at its start. */
export function reportUnclosed(cursor: Cursor, token: Token): null {
  const quote = cursor.text.charAt(token.span.start);
  const other = quote === '"' ? "'" : '"';
  cursor.error(
    { start: token.span.start, end: token.span.start + 1 },
    `the quote ${quote} is never closed`,
    `close it; there are no escapes, so a value that holds ${quote} stands in ${other}…${other}`,
  );
  return null;
}
