import { expect, test } from 'vitest';
import { type LogEvent, newFields } from '../../src/events/event.ts';
import { compileSearch } from '../../src/query/compile-search.ts';
import { contextOf } from '../../src/query/definitions.ts';
import { formatDiagnostic } from '../../src/query/diagnostics.ts';
import { evaluate } from '../../src/query/evaluate.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import type { Plan, PlanContext } from '../../src/query/plan.ts';
import { planQuery } from '../../src/query/plan-query.ts';
import { type ResultRow, showRow } from '../../src/query/result-row.ts';
import { plansOverEvents } from '../../src/query/stream-plans.ts';
import type { TableRows } from '../../src/query/table-rows.ts';
import { isWriting, readCorpus, writePart } from './corpus-file.ts';
import { showTree } from './show-tree.ts';

const ROW_CONTEXT = { logpointName: 'LP1', logpointIp: '127.0.0.1' };

/** Runs every case of a file: `answer` says what holds now for its parts. */
function corpus(
  file: string,
  part: string,
  answer: (query: string, shared: ReadonlyMap<string, string>) => string,
): void {
  const { shared, cases } = readCorpus(file);
  const titles = new Set(cases.map(({ title }) => title));
  test(`${file} has one title for each case`, () => expect(titles.size).toBe(cases.length));
  for (const { title, parts } of cases) {
    test(`${file}: ${title}`, () => {
      const query = parts.get('query');
      if (query === undefined) throw new Error('the case has no query');
      const now = answer(query, shared);
      if (isWriting) writePart(file, title, part, now);
      else expect(now).toBe(parts.get(part));
    });
  }
}

/** Lists of the file as `list_NAME: a, b`, labels as `label_NAME: search`, tables as `table_NAME: …`. */
function contextOfFile(shared: ReadonlyMap<string, string>): PlanContext {
  const lists = new Map(
    [...shared]
      .filter(([name]) => name.startsWith('list_'))
      .map(([name, text]) => [name.slice(5), text.split(', ')] as const),
  );
  const labels = [...shared]
    .filter(([name]) => name.startsWith('label_'))
    .map(([name, query]) => ({ query, labels: [name.slice(6)] }));
  const byKey = new Map([...lists].map(([name, values]) => [name.toLowerCase(), values] as const));
  const tables = new Map(
    [...shared].filter(([name]) => name.startsWith('table_')).map(([name, text]) => [name.slice(6), tableOf(text)]),
  );
  return contextOf({ lists: byKey, listNames: [...lists.keys()], labels, tables, tableNames: [...tables.keys()] }, {});
}

/** `a,b; 1,2; 3,4`: the columns, then rows, written one second after the other. */
function tableOf(text: string): TableRows {
  const [columns = [], ...rows] = text.split('; ').map((line) => line.split(','));
  return { columns, rows: rows.map((cells, place) => ({ cells, atMs: (200 - place) * 1_000 })) };
}

/** The plan, or every diagnostic as text. */
function planOrText(text: string, shared: ReadonlyMap<string, string>): Plan | string {
  const { query, diagnostics } = parseQuery(text);
  const planned = query === null ? { plan: null, diagnostics } : planQuery(query, contextOfFile(shared));
  return planned.plan ?? planned.diagnostics.map((diagnostic) => formatDiagnostic(text, diagnostic)).join('\n');
}

corpus('query-tree.txt', 'tree', (text) => {
  const { query, diagnostics } = parseQuery(text);
  return query === null
    ? diagnostics.map((diagnostic) => formatDiagnostic(text, diagnostic)).join('\n')
    : showTree(query);
});

corpus('query-sql.txt', 'sql', (text, shared) => {
  const plan = planOrText(text, shared);
  if (typeof plan === 'string') return plan;
  const [only, ...others] = plansOverEvents(plan).map(sqlOf);
  return others.length === 0
    ? (only ?? '')
    : [only, ...others].map((sql, place) => `stream ${place}\n${sql}`).join('\n');
});

function sqlOf(plan: Plan): string {
  const { sql, params } = compileSearch(plan, { repos: ['default'], fromMs: 1_000, toMs: 2_000, limit: 100 });
  const values = Object.entries(params).map(([name, { type, value }]) => `${name} ${type} ${JSON.stringify(value)}`);
  return [sql.replaceAll(/ (FROM|WHERE|AND|GROUP BY|ORDER BY|LIMIT) /g, '\n  $1 '), ...values].join('\n');
}

corpus('query-rows.txt', 'rows', (text, shared) => {
  const plan = planOrText(text, shared);
  if (typeof plan === 'string') return plan;
  const events = (shared.get('events') ?? '').split('\n').map(eventOf);
  const rows = evaluate(plan, events);
  return rows.length === 0 ? 'none' : rows.map((row) => showShort(plan, row)).join('\n');
});

/** `12 user=bob, label=A B`: seconds of the log's time, then fields. */
function eventOf(line: string, index: number): LogEvent {
  const [, second = '0', rest = ''] = /^(\d+) (.*)$/.exec(line) ?? [];
  const fields = newFields();
  for (const pair of rest.split(', ')) {
    const at = pair.indexOf('=');
    fields[pair.slice(0, at)] = pair.slice(at + 1);
  }
  const atMs = Number(second) * 1_000;
  return { seq: index + 1, repo: 'default', eventAtMs: atMs, receivedAtMs: atMs + 5_000, fields };
}

/** An event as its number and chosen fields, a group as it is shown to callers without its hints. */
function showShort(plan: Plan, row: ResultRow): string {
  if (row.kind === 'event' && plan.shown === null && plan.renames.length === 0) {
    return `#${row.event.seq} ${row.event.fields['msg'] ?? ''}`.trimEnd();
  }
  const shown = Object.entries(showRow(plan, row, ROW_CONTEXT)).filter(([name]) => !HIDDEN.has(name));
  return JSON.stringify(Object.fromEntries(shown));
}

const HIDDEN = new Set([
  '_type_str',
  '_type_num',
  '_type_ip',
  '_tz',
  '_enrich_policy',
  '_identifier',
  '_fromV550',
  '_searcherAddress',
  'collected_at',
  'logpoint_name',
  'index_ts',
  '_offset',
  '_streamID',
  'col_ts',
]);
