import fc from 'fast-check';
import { expect, test } from 'vitest';
import { STREAM_OPERATIONS } from '../../src/query/ast-stream.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { printQuery } from '../../src/query/print-query.ts';
import { withoutSpans } from '../../src/query/without-spans.ts';
import { arbitraryQuery } from './arbitrary-query.ts';

test('a printed query parses to the tree that was printed', () => {
  fc.assert(
    fc.property(arbitraryQuery, (query) => {
      const text = printQuery(query);
      const { query: parsed, diagnostics } = parseQuery(text);
      expect(diagnostics, text).toEqual([]);
      expect(withoutSpans(parsed), text).toEqual(withoutSpans(query));
    }),
    { numRuns: 400 },
  );
});

test('a printed join of streams parses to the tree that was printed', () => {
  const stream = fc.tuple(fc.option(fc.integer({ min: 1, max: 9 })), arbitraryQuery).map(([count, query]) => {
    const text = printQuery(query);
    // Without a count, a number that the text starts with would be read as one.
    return `[${count ?? (/^\d/.test(text) ? 1 : '')} ${text} having same "a b", user within 2 hours]`;
  });
  const operation = fc.constantFrom(...STREAM_OPERATIONS);
  fc.assert(
    fc.property(stream, stream, operation, arbitraryQuery, (left, right, word, rest) => {
      const tail = printQuery({ ...rest, filter: null });
      const text = `${left} as s1 ${word} ${right} as "s 2" within 5 minutes on s1.user = "s 2.user" ${tail}`;
      const { query, diagnostics } = parseQuery(text);
      expect(diagnostics, text).toEqual([]);
      if (query === null) throw new Error(text);
      expect(query.streams?.links[0]?.operation).toBe(word);
      expect(withoutSpans(parseQuery(printQuery(query)).query), text).toEqual(withoutSpans(query));
    }),
    { numRuns: 200 },
  );
});

test('any text ends in a tree or in diagnostics whose spans lie inside it', () => {
  const signs = fc.constantFrom(
    'a',
    'b=1',
    ' ',
    '(',
    ')',
    '[',
    ']',
    ',',
    '|',
    '"',
    "'",
    '-',
    '=',
    '!=',
    '<',
    '*',
    'and',
    'or',
    'not',
    'in',
    'chart',
    'count()',
    'by',
    'as',
    '/*',
    '*/',
    'limit',
    '5',
    'order',
    'search',
    'latest by',
    'having same',
    'within',
    ' 1 hour',
    'join',
    'followed by',
    ' on ',
    '[a=1] as s',
    's.a=t.b',
    '\n',
    'é',
    '😀',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(signs, { maxLength: 30 }).map((all) => all.join('')),
        fc.string({ unit: 'binary', maxLength: 40 }),
      ),
      (text) => {
        const { query, diagnostics } = parseQuery(text);
        if (query !== null) expect(withoutSpans(parseQuery(printQuery(query)).query)).toEqual(withoutSpans(query));
        else expect(diagnostics.length).toBeGreaterThan(0);
        for (const { span } of diagnostics) {
          expect(span.start).toBeLessThanOrEqual(span.end);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
