// How fast queries are read, and how fast events are tested: npm run bench -- query
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type LogEvent, newFields } from '../src/events/event.ts';
import { compileFilter } from '../src/query/compile-filter.ts';
import { EventView } from '../src/query/event-view.ts';
import { parseQuery } from '../src/query/parse-query.ts';
import type { Plan } from '../src/query/plan.ts';
import { planQuery } from '../src/query/plan-query.ts';
import { printQuery } from '../src/query/print-query.ts';

const CORPUS = '../shared/data/sigma-lpql.jsonl.gz';
const EVENTS = 200_000;

/** Milliseconds of the fastest of five runs: the machine may be shared. */
function fastest(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const from = performance.now();
    work();
    best = Math.min(best, performance.now() - from);
  }
  return best;
}

function planOf(text: string): Plan {
  const { query } = parseQuery(text);
  const plan = query === null ? null : planQuery(query).plan;
  if (plan === null) throw new Error(`no plan for ${text}`);
  return plan;
}

const line = (name: string, figure: string): void => console.log(`${name.padEnd(58)} ${figure.padStart(28)}`);

function readCorpus(): void {
  if (!existsSync(CORPUS)) {
    console.log(`no corpus at ${CORPUS}: reading of queries is not measured`);
    return;
  }
  const texts = gunzipSync(readFileSync(CORPUS))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as { query: string }).query);
  const chars = texts.reduce((sum, text) => sum + text.length, 0);
  const parsed = texts.flatMap((text) => parseQuery(text).query ?? []);
  const planned = parsed.filter((query) => planQuery(query).plan !== null).length;
  line('converted detection rules', `${texts.length} (${(chars / 1e6).toFixed(2)} MB)`);
  line('  parsed', `${parsed.length}`);
  line('  planned, i.e. evaluated', `${planned} (${((planned / texts.length) * 100).toFixed(1)} %)`);
  const parse = fastest(() => {
    for (const text of texts) parseQuery(text);
  });
  const plan = fastest(() => {
    for (const query of parsed) planQuery(query);
  });
  const print = fastest(() => {
    for (const query of parsed) printQuery(query);
  });
  line('  parse', `${parse.toFixed(0)} ms, ${(chars / 1e3 / parse).toFixed(1)} MB/s`);
  line('  plan', `${plan.toFixed(0)} ms`);
  line('  print', `${print.toFixed(0)} ms`);
}

/** Process creations of which about one in a hundred satisfies the conjunction, half of them its first term. */
function processEvents(): LogEvent[] {
  return Array.from({ length: EVENTS }, (_, index) => {
    const fields = newFields();
    fields['label'] = index % 2 === 0 ? 'Process Create' : 'Network Connection';
    fields['event_id'] = String(index % 7);
    fields['process'] = index % 50 === 0 ? 'C:\\Windows\\System32\\RunDLL32.exe' : 'C:\\Windows\\explorer.exe';
    fields['command'] = `rundll32.exe comsvcs.dll, MiniDump ${index} lsass.dmp full`;
    fields['user'] = `user${index % 100}`;
    fields['msg'] = `process ${index} was created by user${index % 100}`;
    return { seq: index, repo: 'default', eventAtMs: index, receivedAtMs: index, fields };
  });
}

function testEvents(): void {
  const events = processEvents();
  const queries = [
    ['equality', 'user=user7'],
    ['number', 'event_id=4'],
    ['three terms', 'label=Create "process"="*\\rundll32.exe" command="*MiniDump*"'],
    [
      'three terms, 40 values',
      `label=Create "process"="*\\rundll32.exe" command IN [${Array.from({ length: 40 }, (_, i) => `"*part${i}*"`).join(', ')}]`,
    ],
    ['a word of the message', 'created'],
    ['a glob', 'command="*run*mini*full"'],
  ] as const;
  for (const [name, text] of queries) {
    const filter = compileFilter(planOf(text));
    const view = new EventView();
    let found = 0;
    const ms = fastest(() => {
      found = 0;
      for (const event of events) if (filter(event, view)) found++;
    });
    line(`evaluate: ${name}`, `${Math.round(EVENTS / ms) * 1000} events/s, ${found} hits`);
  }
}

readCorpus();
testEvents();
