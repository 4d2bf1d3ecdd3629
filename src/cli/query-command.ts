import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { ResultOf } from '../client/client.ts';
import { rowConstants } from '../events/event-row.ts';
import { RECORD_FORMATS, type RecordFormat } from '../ingest/record.ts';
import { checkQuery } from '../query/check-query.ts';
import { formatDiagnostic } from '../query/diagnostics.ts';
import { evaluateAll } from '../query/evaluate.ts';
import type { Plan } from '../query/plan.ts';
import { BUCKET_COLUMN } from '../query/plan-chart.ts';
import { plainContext } from '../query/plan-query.ts';
import { showRow } from '../query/result-row.ts';
import { AppError } from '../shared/errors.ts';
import { addConnectionOptions, type ConnectionOptions, withApi } from './connection.ts';
import { printable, type Streams, usageError } from './output.ts';
import { type FileProgress, findInFiles, foundEventsMax } from './query-files.ts';
import { printRows, type QueryForm, type QueryRows } from './query-output.ts';
import { barOf, streamedRows } from './query-store.ts';
import { chooseTenant, chooseUser } from './tenant.ts';

type Flags = ConnectionOptions & {
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
  readonly format: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly pool?: string;
  readonly logpoint?: string;
  readonly repo?: readonly string[];
  readonly as?: string;
};

const LIMIT_DEFAULT = '100';
const DAY_MS = 86_400_000;
const FILE_CONTEXT = { logpointName: 'files', logpointIp: '127.0.0.1' };

/** `tocsin query`: over files by the in-memory evaluator, over a store by the API's search. */
export function queryCommand(streams: Streams): Command {
  return addConnectionOptions(new Command('query').description('Run an LPQL query over files or over the store.'))
    .argument('<query>', 'LPQL, or @FILE that holds it')
    .argument('[file...]', 'plain, .gz or .br; - is standard input; without files the store is searched')
    .option('--from <time>', 'events from then on: ISO time, epoch seconds, or 15m, 6h, 2d ago (store: 1d)')
    .option('--to <time>', 'events before then (store: now)')
    .option('--limit <n>', 'most rows that are events', LIMIT_DEFAULT)
    .addOption(new Option('--format <format>', 'how lines of files are read').choices(RECORD_FORMATS).default('auto'))
    .option('--repo <name...>', 'repos of the store; all unless given')
    .option('--pool <pool>', 'id or name of the pool, when there are several')
    .option('--logpoint <logpoint>', 'id or name of the logpoint, when there are several')
    .addOption(new Option('--as <user>', 'id or name of the user who searches').env('TOCSIN_USER'))
    .addOption(new Option('--json', 'one JSON object a line').conflicts('csv'))
    .option('--csv', 'comma-separated values with a head')
    .action(async (text: string, files: string[], flags: Flags) => {
      const query = text.startsWith('@') ? readQuery(text.slice(1)) : text;
      const nowMs = Date.now();
      const form: QueryForm = flags.json === true ? 'json' : flags.csv === true ? 'csv' : 'table';
      const answer =
        files.length > 0
          ? await overFiles(streams, files, { query, plan: checkedPlan(streams, query, nowMs), flags, nowMs })
          : await overStore(streams, { query, flags, nowMs });
      printRows(streams, answer, form);
      if (answer.note !== null) streams.err.write(`tocsin: ${printable(answer.note)}\n`);
    });
}

type Asked = { readonly query: string; readonly plan: Plan; readonly flags: Flags; readonly nowMs: number };
type Answer = QueryRows & { readonly note: string | null };

function readQuery(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw usageError(`cannot read the query in ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** Mistakes go to the error stream whole, the same text as in the API. @throws AppError `QUERY_INVALID` */
function checkedPlan(streams: Streams, query: string, nowMs: number): Plan {
  const { plan, diagnostics } = checkQuery(query, { ...plainContext, nowMs, constants: rowConstants(FILE_CONTEXT) });
  for (const diagnostic of diagnostics) {
    const lines = formatDiagnostic(query, diagnostic).split('\n').map(printable);
    streams.err.write(`${lines.join('\n')}\n`);
  }
  if (plan !== null) return plan;
  throw new AppError('refused', 'QUERY_INVALID', `the query has ${diagnostics.length} mistake(s), shown above`);
}

async function overFiles(streams: Streams, files: readonly string[], asked: Asked): Promise<Answer> {
  const { plan, flags, nowMs } = asked;
  const format: RecordFormat = RECORD_FORMATS.find((one) => one === flags.format) ?? 'auto';
  const fromMs = flags.from === undefined ? Number.NEGATIVE_INFINITY : timeOf('--from', flags.from, nowMs);
  const toMs = flags.to === undefined ? Number.POSITIVE_INFINITY : timeOf('--to', flags.to, nowMs);
  const onProgress = progressOf(streams);
  const found = await findInFiles({ files, format, plan, fromMs, toMs, nowMs, onProgress });
  if (streams.err.isTTY === true) streams.err.write('\r\x1b[K');
  const { rows, written, isCut } = await evaluateAll(plan, found.events);
  const limit = plan.type === 'simple' ? limitOf(flags) : rows.length;
  const notes: string[] = [];
  if (rows.length > limit) notes.push(`${rows.length - limit} of ${rows.length} rows are left out, see --limit`);
  if (found.isCut) notes.push(`only the first ${foundEventsMax} events that were found are in the answer`);
  if (written.length > 0) notes.push('nothing is kept over files: toList and toTable write into a server');
  if (isCut) notes.push('a limit of a processor has left out rows');
  if (found.rejected > 0) notes.push(`${found.rejected} of ${found.read} lines could not be read`);
  return {
    type: plan.type,
    isTimechart: plan.type === 'chart' && plan.grouping[0] === BUCKET_COLUMN,
    rows: rows.slice(0, limit).map((row) => showRow(plan, row, FILE_CONTEXT)),
    note: notes.length === 0 ? null : notes.join('; '),
  };
}

/** The store knows lists, labels and providers that are not known here: what is wrong with a query it says. */
const overStore = (streams: Streams, { query, flags, nowMs }: Omit<Asked, 'plan'>): Promise<Answer> =>
  withApi(flags, async (client) => {
    const tenant = await chooseTenant(client, flags);
    const from = Math.floor(timeOf('--from', flags.from ?? '1d', nowMs) / 1000);
    const to = Math.ceil(timeOf('--to', flags.to ?? String(nowMs / 1000), nowMs) / 1000);
    const user = await chooseUser(tenant, flags.as);
    showMistakes(streams, await tenant.order('ValidateQuery', { data: { query } }));
    const data = { query, time_range: [from, to], user_id: user, limit: limitOf(flags), repos: flags.repo };
    return streamedRows(streams, tenant, data, [from, to]);
  });

/** @throws AppError `QUERY_INVALID` */
function showMistakes(streams: Streams, { rows: mistakes, valid }: ResultOf<'ValidateQuery'>): void {
  for (const { text } of mistakes) streams.err.write(`${text.split('\n').map(printable).join('\n')}\n`);
  if (valid) return;
  throw new AppError('refused', 'QUERY_INVALID', `the query has ${mistakes.length} mistake(s), shown above`);
}

function limitOf({ limit }: Flags): number {
  const count = Number(limit);
  if (Number.isInteger(count) && count > 0) return count;
  throw usageError(`--limit is ${limit}: expected a whole number above 0`);
}

const AGO: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** Unix ms of an ISO time, of epoch seconds, or of so long ago. */
function timeOf(option: string, text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (AGO[unit] ?? 0);
  const atMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isFinite(atMs)) return atMs;
  throw usageError(`${option} is ${text}: expected an ISO time, epoch seconds, or 15m, 6h, 2d`);
}

function progressOf(streams: Streams): (progress: FileProgress) => void {
  if (streams.err.isTTY !== true) return () => undefined;
  return ({ file, share, events, found }) => {
    const bar = share === null ? '' : `${barOf(share)} `;
    streams.err.write(`\r\x1b[K${bar}${printable(file)}: ${events} events, ${found} found`);
  };
}
