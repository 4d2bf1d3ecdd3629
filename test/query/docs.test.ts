import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import { contextOf } from '../../src/query/definitions.ts';
import { formatDiagnostic } from '../../src/query/diagnostics.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import type { ResultRow } from '../../src/query/result-row.ts';

const page = readFileSync(new URL('../../docs/lpql.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => ({
  kind,
  lines: body.trimEnd().split('\n'),
}));

const events: LogEvent[] = blocks
  .filter(({ kind }) => kind === 'events')
  .flatMap(({ lines }) => lines)
  .map((line, index) => {
    const [seconds = '', rest = ''] = line.split(' | ');
    const fields = newFields();
    for (const pair of rest.split(', ')) fields[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
    return { seq: index + 1, repo: 'default', eventAtMs: Number(seconds) * 1000, receivedAtMs: 200_000, fields };
  });

const context = contextOf(
  {
    lists: new Map([
      ['admins', ['root', 'adm*']],
      ['testnet', ['203.0.113.0/24', '2001:db8::/32']],
    ]),
    listNames: ['ADMINS', 'TESTNET'],
    tables: new Map([
      [
        'hosts',
        {
          columns: ['host', 'owner', 'zone'],
          rows: [
            { cells: ['web1', 'root', 'dmz'], atMs: 105_000 },
            { cells: ['db1', 'Admin', 'inner'], atMs: 104_000 },
          ],
        },
      ],
    ]),
    tableNames: ['hosts'],
    labels: [
      { query: 'label=Fail user=root', labels: ['BruteForce'] },
      { query: 'label=BruteForce OR command="* -enc *"', labels: ['Attack'] },
    ],
  },
  {},
);

function plan(text: string) {
  const { query, diagnostics } = parseQuery(text);
  return query === null ? { plan: null, diagnostics } : planQuery(query, context);
}

const examplesOf = (kind: string): [string, string][] =>
  blocks
    .filter((block) => block.kind === kind)
    .flatMap(({ lines }) => lines)
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf('⇒');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });

test.each(examplesOf('lpql'))('%s finds %s', (text, expected) => {
  const { plan: planned, diagnostics } = plan(text);
  if (planned === null) throw new Error(diagnostics.map((one) => formatDiagnostic(text, one)).join('\n'));
  const rows = evaluate(planned, events);
  expect(show(rows)).toBe(expected);
});

function show(rows: readonly ResultRow[]): string {
  if (rows.length === 0) return 'none';
  const seqs = rows.flatMap((row) => (row.kind === 'event' ? [row.event.seq] : [])).sort((a, b) => a - b);
  if (seqs.length > 0) return seqs.join(' ');
  return rows
    .map((row) => (row.kind === 'group' ? row.cells.map((cell) => cell ?? 'nothing').join(' ') : ''))
    .join('; ');
}

test.each(examplesOf('refused'))('%s is refused: %s', (text, expected) => {
  const { plan: planned, diagnostics } = plan(text);
  expect(planned).toBeNull();
  const [first] = diagnostics;
  expect(first === undefined ? '' : formatDiagnostic(text, first).split('\n')[0]).toBe(expected);
});
