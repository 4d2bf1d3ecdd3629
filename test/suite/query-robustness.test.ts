import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { newFields } from '../../src/events/event.ts';
import { compileSearch } from '../../src/query/compile-search.ts';
import { evaluateAll } from '../../src/query/evaluate.ts';
import { nestingMax } from '../../src/query/parse-expression.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { plainContext, planQuery } from '../../src/query/plan-query.ts';
import { printQuery } from '../../src/query/print-query.ts';
import { noProviders } from '../../src/query/query-providers.ts';
import { splitPlan } from '../../src/query/split-plan.ts';
import { plansOverEvents } from '../../src/query/stream-plans.ts';
import { withoutSpans } from '../../src/query/without-spans.ts';
import { readCorpus } from '../query/corpus-file.ts';

// Whatever the text, a query ends in rows or in a diagnostic. None of these holds a clock: what does not end fails by
// the runner's own limit.

const RANGE = { repos: ['default'], fromMs: 0, toMs: 1_000, limit: 10 };
const EVENT = {
  seq: 1,
  repo: 'default',
  eventAtMs: 500,
  receivedAtMs: 600,
  fields: Object.assign(newFields(), { user: 'v99999', msg: 'a b c' }),
};

/** Every provider is on and knows nothing, every list is there: what is left to refuse is the language itself. */
const CONTEXT = {
  ...plainContext,
  list: () => ['a', 'b*'],
  table: () => ({ columns: ['value'], rows: [{ cells: ['1.2.3.4'], atMs: 1_000 }] }),
  nowMs: 1_000,
  providerColumns: (provider: string) => (provider === 'ti' ? ['et_ip_address', 'et_category'] : ['displayName']),
};

async function run(text: string): Promise<'rows' | string> {
  const { query, diagnostics } = parseQuery(text);
  const planned = query === null ? { plan: null, diagnostics } : planQuery(query, CONTEXT);
  const { plan } = planned;
  if (plan === null) return planned.diagnostics[0]?.message ?? 'no diagnostic';
  // Streams are searched one by one and joined after the store.
  for (const part of plansOverEvents(plan)) if (part.table === null) compileSearch(splitPlan(part).store, RANGE);
  await evaluateAll(plan, [EVENT], noProviders);
  return 'rows';
}

const many = (count: number, write: (index: number) => string, between: string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join(between);

describe('a query ends in rows or in a diagnostic', () => {
  test('5 MB of terms', async () => {
    const text = many(260_000, (index) => `field_${index}="v${index}"`, ' ');
    expect(text.length).toBeGreaterThan(5_000_000);
    expect(await run(text)).toBe('rows');
  });

  test('100,000 words, 100,000 alternatives, and one value of 5 MB', async () => {
    expect(await run('word '.repeat(100_000))).toBe('rows');
    expect(await run(many(100_000, (index) => `a=${index}`, ' OR '))).toBe('rows');
    expect(await run(`user="${'x*'.repeat(2_500_000)}"`)).toBe('rows');
  });

  test('a list of 100,000 values', async () => {
    expect(await run(`user IN [${many(100_000, (index) => `v${index}`, ', ')}]`)).toBe('rows');
    expect(await run(`user IN [${many(100_000, (index) => `"*v${index}?x"`, ', ')}]`)).toBe('rows');
  });

  test('10,000 nested parentheses, closed and not', async () => {
    const nested = `${'('.repeat(10_000)}a=1${')'.repeat(10_000)}`;
    expect(await run(nested)).toMatch(new RegExp(`^rows$|${nestingMax}`));
    expect(await run('('.repeat(10_000))).not.toBe('rows');
    expect(await run('-'.repeat(10_000))).not.toBe('rows');
    expect(await run(`${'not '.repeat(10_000)}a=1`)).not.toBe('');
  });

  test('5 MB of signs that open and never close', async () => {
    for (const sign of ['(', '[', '/*', '|', ',', '-', '„ ', '=', '| chart ', '"a ', '“a\n'])
      expect(await run(sign.repeat(Math.floor(5_000_001 / sign.length))), sign).not.toBe('no diagnostic');
  });

  test('quotes that open and close 100,000 times', async () => {
    for (const sign of ['"', "'", '“', '“ ']) expect(await run(sign.repeat(200_001)), sign).not.toBe('no diagnostic');
  });

  test('thousands of commands', async () => {
    expect(await run(`a=1${' | search b=2'.repeat(10_000)}`)).toBe('rows');
    expect(await run(`a=1${" | process eval(\"x=case(x == 1 -> 'a', 'b')\")".repeat(10_000)}`)).toMatch(/parts/);
    expect(await run(`a=1${' | process string_concat(x, x) as x'.repeat(10_000)}`)).toMatch(/parts/);
  });

  test('JSON that is deep, long or hostile to a filter', async () => {
    const deep = {
      ...EVENT,
      fields: Object.assign(newFields(), { j: `${'['.repeat(100_000)}1${']'.repeat(100_000)}` }),
    };
    const wide = { ...EVENT, fields: Object.assign(newFields(), { j: `[${'1,'.repeat(400_000)}1]` }) };
    for (const filter of ['.[]', '.[0]', 'tostring', '[.[], .[], .[]] | sort', 'map(tostring) | add', '.__proto__']) {
      const { query } = parseQuery(
        `| process jq_parser(j, "${filter}") as x | process json_expand(j) | chart count() as n`,
      );
      const plan = query === null ? null : planQuery(query).plan;
      if (plan === null) throw new Error(filter);
      expect((await evaluateAll(plan, [deep, wide])).rows).toHaveLength(1);
    }
  });
});

const CORPUS = new URL('../../../shared/data/sigma-lpql.jsonl.gz', import.meta.url);

describe.skipIf(!existsSync(CORPUS))('the converted detection rules (left out without ../shared/data)', () => {
  test('every one is parsed and printed again, and 99.5 % are evaluated', async () => {
    const texts = gunzipSync(readFileSync(CORPUS))
      .toString('utf8')
      .trim()
      .split('\n')
      .flatMap((line) => queriesOf(JSON.parse(line) as unknown));
    expect(texts.length).toBeGreaterThanOrEqual(2_160);
    const refused: string[] = [];
    for (const text of texts) {
      const { query, diagnostics } = parseQuery(text);
      if (query === null) throw new Error(`${diagnostics[0]?.message}: ${text.slice(0, 200)}`);
      expect(withoutSpans(parseQuery(printQuery(query)).query)).toEqual(withoutSpans(query));
      const outcome = await run(text);
      if (outcome !== 'rows') refused.push(outcome);
    }
    expect(refused.length, refused.join('\n')).toBeLessThanOrEqual(texts.length * 0.005);
  });
});

function queriesOf(line: unknown): string[] {
  if (typeof line !== 'object' || line === null) return [];
  const held = 'query' in line ? line.query : 'queries' in line ? line.queries : 'lpql' in line ? line.lpql : null;
  return typeof held === 'string' ? [held] : Array.isArray(held) ? held.filter((one) => typeof one === 'string') : [];
}

test('every example of the specification is evaluated, or says what it is', async () => {
  const { cases } = readCorpus('query-tree.txt');
  const examples = cases.filter(({ title }) => title.startsWith('example '));
  expect(examples).toHaveLength(79);
  const refused: string[] = [];
  for (const { title, parts } of examples) {
    const outcome = await run(parts.get('query') ?? '');
    if (outcome !== 'rows') refused.push(`${title}: ${outcome}`);
  }
  expect(refused).toEqual([
    'example 76: `(` is never closed, saw the end of the query',
    'example 77: expected a field, saw the reserved word `process`',
    'example 78: expected a command, saw `sort`',
    'example 79: the quote " is never closed',
  ]);
});
