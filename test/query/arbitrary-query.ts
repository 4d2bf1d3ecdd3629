import fc from 'fast-check';
import type { Aggregate, Command, Expr, Field, NumberExpr, Query, SortKey, Value } from '../../src/query/ast.ts';
import { STREAM_OPERATIONS } from '../../src/query/ast-stream.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { describeOperand } from '../../src/query/plan-scope.ts';
import { printQuery } from '../../src/query/print-query.ts';
import { BARE_FIELD, COMPARISONS, RESERVED_WORDS } from '../../src/query/tokens.ts';
import { FIELDS, TEXTS } from './arbitrary-event.ts';

// Trees as the parser would make them, without meaning in their spans, and nothing that the grammar cannot write.

const span = { start: 0, end: 0 };

const BARE_VALUE = /^[^\s()[\],|='"<>!-][^\s()[\],|='"<>!]*$/;
const isWord = (text: string): boolean =>
  BARE_VALUE.test(text) && !/^(and|or|not|in|table)$/i.test(text) && !text.startsWith('/*') && !/\u200b/.test(text);

/** Stored texts, whole or in pieces, with wildcards let in: so that queries often hit. */
const pieces: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.nat(6),
    fc.nat(6),
    fc.constantFrom('', '*', '?', '**'),
    fc.constantFrom('', '*', '?'),
  )
  .map(([text, from, cut, before, after]) => {
    const chars = [...text];
    return before + chars.slice(from % (chars.length + 1), chars.length - (cut % 2)).join('') + after;
  });
const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 3, arbitrary: pieces },
  { weight: 1, arbitrary: fc.constantFrom('*', '?', '??', '*?', '', '5', '5.0', '1e3', '-0', '.5', '4625') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);

function writtenAs(text: string): '"' | "'" | null | undefined {
  if (!text.includes('"')) return '"';
  return text.includes("'") ? undefined : "'";
}

const values: fc.Arbitrary<Value> = fc
  .tuple(texts, fc.boolean())
  .filter(([text]) => writtenAs(text) !== undefined)
  .map(([text, isBare]) => ({
    kind: 'value',
    span,
    text,
    quote: isBare && isWord(text) ? null : (writtenAs(text) ?? null),
  }));

const numbers: fc.Arbitrary<Value> = fc
  .constantFrom('5', '5.0', '0', '-1', '4625', '1e3', '.5')
  .map((text) => ({ kind: 'value', span, text, quote: text.startsWith('-') ? '"' : null }));

const fieldNamed = (name: string, isQuoted = false): Field => ({
  kind: 'field',
  span,
  name,
  quote: isQuoted || !BARE_FIELD.test(name) || RESERVED_WORDS.has(name.toLowerCase()) ? '"' : null,
});
const fieldsOf = (names: readonly string[]): fc.Arbitrary<Field> =>
  fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([name, isQuoted]) => fieldNamed(name, isQuoted));

function terms(names: readonly string[], hasText: boolean): fc.Arbitrary<Expr> {
  const field = fieldsOf(names);
  const compare: fc.Arbitrary<Expr> = fc
    .tuple(field, fc.constantFrom(...COMPARISONS), values, numbers)
    .map(([operand, op, value, number]) => ({
      kind: 'compare',
      span,
      operand,
      op,
      value: op === '=' || op === '!=' ? value : number,
    }));
  const member: fc.Arbitrary<Expr> = fc
    .tuple(field, fc.array(values, { minLength: 1, maxLength: 5 }))
    .map(([operand, items]) => ({ kind: 'member', span, operand, set: { kind: 'values', span, values: items } }));
  const text: fc.Arbitrary<Expr> = values.map((value) => ({ kind: 'text', span, value }));
  return fc.oneof(
    { weight: 4, arbitrary: compare },
    { weight: 2, arbitrary: member },
    ...(hasText ? [{ weight: 2, arbitrary: text }] : []),
  );
}

/** Conditions over these fields or columns. */
export function arbitraryExpr(names: readonly string[], hasText: boolean): fc.Arbitrary<Expr> {
  return fc.letrec<{ expr: Expr }>((tie) => {
    const operands = fc.array(tie('expr'), { minLength: 2, maxLength: 3 });
    return {
      expr: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        { weight: 4, arbitrary: terms(names, hasText) },
        { weight: 2, arbitrary: operands.map((all): Expr => ({ kind: 'and', span, operands: all })) },
        { weight: 2, arbitrary: operands.map((all): Expr => ({ kind: 'or', span, operands: all })) },
        { weight: 1, arbitrary: tie('expr').map((operand): Expr => ({ kind: 'not', span, operand })) },
      ),
    };
  }).expr;
}

const alias = (name: string): fc.Arbitrary<Field | null> =>
  fc.constantFrom(null, fieldNamed(name), fieldNamed(name, true));

/** Arithmetic of some depth: for the printer, and for both evaluators. */
function numberExpr(names: readonly string[]): fc.Arbitrary<NumberExpr> {
  return fc.letrec<{ number: NumberExpr }>((tie) => ({
    number: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fieldsOf(names).map((field): NumberExpr => ({ kind: 'number-field', span, field })),
      fc.constantFrom('1', '2', '0.5').map((text): NumberExpr => ({ kind: 'number', span, text })),
      fc
        .tuple(fc.constantFrom('+', '-', '*'), tie('number'), tie('number'))
        .map(([op, left, right]): NumberExpr => ({ kind: 'arithmetic', span, op: op as '+', left, right })),
      tie('number').map((operand): NumberExpr => ({ kind: 'negate', span, operand })),
    ),
  })).number;
}

function aggregate(index: number): fc.Arbitrary<Aggregate> {
  // Seconds since 1970 squared leave a variance few digits: there the two differ by rounding, as they may.
  const small = FIELDS.filter((name) => name !== 'log_ts');
  const number: fc.Arbitrary<NumberExpr> = fc.oneof(
    numberExpr(small),
    fieldsOf(small).map((field) => ({ kind: 'number-field', span, field }) as const),
    fieldsOf(small).map(
      (field) =>
        ({
          kind: 'arithmetic',
          span,
          op: '+',
          left: { kind: 'number-field', span, field },
          right: { kind: 'number', span, text: '2' },
        }) as const,
    ),
  );
  return fc.oneof(
    fc.record({
      kind: fc.constant('aggregate' as const),
      span: fc.constant(span),
      name: fc.constant('count' as const),
      argument: fc.constant(null),
      alias: alias(`n${index}`),
    }),
    fc.tuple(arbitraryExpr(FIELDS, true), alias(`w${index}`)).map(
      ([condition, as]): Aggregate => ({
        kind: 'aggregate',
        span,
        name: 'count',
        argument: { kind: 'condition', span, condition },
        alias: as,
      }),
    ),
    fc.tuple(fc.constantFrom('sum', 'min', 'max', 'avg', 'var', 'median'), number, alias(`x${index}`)).map(
      ([name, expression, as]): Aggregate => ({
        kind: 'aggregate',
        span,
        name: name as 'sum',
        argument: { kind: 'number-expression', span, expression },
        alias: as,
      }),
    ),
    fc.tuple(fc.constantFrom('distinct_count', 'distinct_list'), fieldsOf(FIELDS), alias(`d${index}`)).map(
      ([name, field, as]): Aggregate => ({
        kind: 'aggregate',
        span,
        name: name as 'distinct_count',
        argument: { kind: 'number-expression', span, expression: { kind: 'number-field', span, field } },
        alias: as,
      }),
    ),
  );
}

const SOURCES = [...FIELDS, 'made', 'rest'];
const limits = fc.integer({ min: 1, max: 12 });

/** A chart together with conditions, orders and limits over its columns. */
const charts: fc.Arbitrary<Command[]> = fc
  .record({
    groups: fc.uniqueArray(fc.constantFrom(...SOURCES), { maxLength: 2 }),
    aggregates: fc.tuple(aggregate(0), aggregate(1)),
    limit: fc.option(limits),
    isDescending: fc.boolean(),
    sortsBy: fc.nat(4),
  })
  .chain(({ groups, aggregates, limit, isDescending, sortsBy }) => {
    const named = aggregates.map((one, index): Aggregate => ({ ...one, alias: one.alias ?? fieldNamed(`c${index}`) }));
    const columns = [...groups, ...named.map((one) => one.alias?.name ?? '')];
    const key = columns[sortsBy];
    const order: SortKey[] =
      key === undefined
        ? []
        : [{ kind: 'sort-key', span, key: fieldNamed(key), direction: isDescending ? 'desc' : 'asc' }];
    const chart: Command = {
      kind: 'chart',
      span,
      aggregates: named,
      groups: groups.map((name) => fieldNamed(name)),
      order,
      limit: limit === null ? null : { kind: 'limit-count', span, count: limit },
    };
    return fc
      .array(
        fc.oneof(
          arbitraryExpr(columns, false).map(
            (condition): Command => ({ kind: 'search', span, name: 'search', condition }),
          ),
          limits.map((count): Command => ({ kind: 'limit', span, limit: { kind: 'limit-count', span, count } })),
        ),
        { maxLength: 2 },
      )
      .map((rest) => [chart, ...rest]);
  });

/** Fields computed from others; `user` is one that events have as well. */
const computing: fc.Arbitrary<Command> = fc
  .constantFrom(
    `process regex("(?P<made>o+)(?P<user>b)?", user)`,
    `process regex("(?P<made>(?i)[a-z]+)\\s?(?P<rest>.*)$", msg, "filter=true")`,
    `process regex("^(?P<made>\\d+)", event_id)`,
    `process eval("made=case(isnotnull(rest) -> 'true', user == 'BOB' -> user, size > 5 -> size, 'none')")`,
    `process eval("made=issubstr('O', user) || match(command, '(?i)WINDOWS') && !(size == 5)")`,
    `process eval("rest=made")`,
    'rex (?P<made>log|lock)',
    'norm on command <made:word>.<rest:"e(xe|m)">',
    'process domain(command) as made',
    'process compare(user, msg) as made',
    'process in_range(1, size, event_id) as made',
    'process summation(size, event_id, -1) as made',
    'process difference(size, user) as rest',
    'process string_concat(user, "-", rest) as made',
    'process count_char(msg) as made',
    'process entropy(user) as made',
    'process quantile(size) as made',
    'process median(event_id) as rest',
    'process grok("%{WORD:made}[ -]+%{DATA:rest}(?:%{INT:made}|$)", msg)',
    'process grok("%{IPORHOST:made}", user)',
    'process codec(encode, msg) as rest',
    'process clean_char(command) as made, rest',
  )
  .map((text) => {
    const [command] = parseQuery(`| ${text}`).query?.commands ?? [];
    if (command === undefined) throw new Error(`not a command: ${text}`);
    return withoutSpanValues(command);
  });

/** Spans of a parsed command mean nothing in a generated query. */
const withoutSpanValues = (command: Command): Command =>
  JSON.parse(JSON.stringify(command, (key, part: unknown) => (key === 'span' ? span : part))) as Command;

const eventCommands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: computing },
    arbitraryExpr(SOURCES, true).map((condition): Command => ({ kind: 'search', span, name: 'filter', condition })),
    limits.map((count): Command => ({ kind: 'limit', span, limit: { kind: 'limit-count', span, count } })),
    fc
      .array(fieldsOf(SOURCES), { minLength: 1, maxLength: 2 })
      .map((groups): Command => ({ kind: 'latest', span, groups })),
    fc.tuple(fieldsOf(SOURCES), fc.constantFrom('asc', 'desc')).map(
      ([key, direction]): Command => ({
        kind: 'order',
        span,
        keys: [{ kind: 'sort-key', span, key, direction: direction as 'asc' }],
      }),
    ),
  ),
  { maxLength: 3 },
);

const field = (name: string): string => `"${name}"`;

/** One stream of events, or of a chart's groups, as text, with the names that it has at its end. */
const arbitraryStream: fc.Arbitrary<{ readonly text: string; readonly names: readonly string[] }> = fc
  .tuple(
    fc.option(arbitraryExpr(FIELDS, true), { freq: 1 }),
    fc.array(computing, { maxLength: 1 }),
    fc.option(charts, { freq: 1 }),
    fc.integer({ min: 2, max: 25 }),
  )
  .map(([filter, before, chart, limit]) => {
    const query: Query = { kind: 'query', span, streams: null, filter, commands: [...before, ...(chart ?? [])] };
    const [first] = chart ?? [];
    const columns =
      first?.kind === 'chart'
        ? [...first.groups.map(describeOperand), ...first.aggregates.map(({ alias: as }) => as?.name ?? '')]
        : FIELDS;
    return { text: `${printQuery(query)} | limit ${limit}`, names: columns };
  })
  // A number in front is how many events the stream asks for.
  .filter(({ text }) => !/^\d/.test(text));

/** Two to four streams, joined in every way, and what may follow. */
export const arbitraryStreams: fc.Arbitrary<string> = fc
  .array(
    fc.record({
      stream: arbitraryStream,
      operation: fc.constantFrom(...STREAM_OPERATIONS),
      within: fc.constantFrom('', ' within 1 minute', ' within 20 minutes'),
      pick: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.boolean()),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .chain((parts) => {
    const nameAt = (place: number, pick: number): string => {
      const names = parts[place]?.stream.names ?? FIELDS;
      // Two names at random are seldom equal anywhere.
      const name = pick % 3 > 0 && names.includes('user') ? 'user' : names[pick % names.length];
      return field(`s${place}.${name}`);
    };
    const joined = parts.map(({ stream, operation, within, pick: [before, left, right, hasKey] }, place) => {
      const source = `[${stream.text}] as s${place}`;
      if (place === 0) return source;
      const on = `${nameAt(place, right)} = ${nameAt(before % place, left)}`;
      return ` ${operation} ${source}${within}${hasKey || operation.endsWith('join') ? ` on ${on}` : ''}`;
    });
    const [a, b] = [nameAt(0, 1), nameAt(1, 0)];
    const tails = [
      '',
      ` | search ${a}=*`,
      ` | chart count() as n, max(${b}) as m by ${a}`,
      ` | order by ${b} | limit 9`,
    ];
    return fc.constantFrom(...tails).map((tail) => joined.join('') + tail);
  });

export const arbitraryQuery: fc.Arbitrary<Query> = fc
  .tuple(
    fc.option(arbitraryExpr(FIELDS, true), { freq: 6 }),
    fc.oneof(
      eventCommands,
      fc.tuple(eventCommands, charts).map((parts) => parts.flat()),
    ),
  )
  .map(([filter, commands]) => ({ kind: 'query', span, streams: null, filter, commands }));
