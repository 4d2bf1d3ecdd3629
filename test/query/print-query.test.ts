import fc from 'fast-check';
import { expect, test } from 'vitest';
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
