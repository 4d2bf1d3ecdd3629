import type { Json, JsonObject } from '../shared/json.ts';
import { printable, printTable, type Streams } from './output.ts';

export type QueryRows = {
  readonly rows: readonly JsonObject[];
  readonly type: 'simple' | 'chart';
  /** Rows have the start of a bucket of time in `log_ts`: they can be drawn over time. */
  readonly isTimechart: boolean;
};

export type QueryForm = 'json' | 'csv' | 'table';

/** Fields of an event that are shown in a table, as far as there are any of them; then as many others as fit. */
const FIRST = ['log_ts', 'device_name', 'host', 'user', 'source_address', 'action', 'label', 'msg'];
const COLUMNS_MAX = 8;
/** What a row says about itself. */
const isHidden = (name: string): boolean => name.startsWith('_');

export function printRows(streams: Streams, answer: QueryRows, form: QueryForm): void {
  const { rows } = answer;
  if (form === 'json') {
    for (const row of rows) streams.out.write(`${JSON.stringify(row)}\n`);
    return;
  }
  const columns = columnsOf(answer);
  if (form === 'csv') {
    if (columns.length > 0) streams.out.write(`${columns.map(csvCell).join(',')}\r\n`);
    for (const row of rows) streams.out.write(`${columns.map((name) => csvCell(row[name])).join(',')}\r\n`);
    return;
  }
  const shown = answer.type === 'chart' ? columns : tableColumns(columns);
  if (shown.length > 0) printTable(streams, shown, rows.map(withTimes));
  if (answer.isTimechart && rows.length > 1) streams.out.write(`\n${sparklines(rows, columns)}`);
}

/** Every name that a row has, in order of first use. */
function columnsOf({ rows }: QueryRows): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) if (!isHidden(name)) names.add(name);
  return [...names];
}

function tableColumns(columns: readonly string[]): string[] {
  const first = FIRST.filter((name) => columns.includes(name));
  if (first.length === 0 || columns.length <= COLUMNS_MAX) return columns.slice(0, COLUMNS_MAX);
  return first;
}

/** Seconds of the record's clock as people read them. */
const withTimes = (row: JsonObject): JsonObject => {
  const seconds = row['log_ts'];
  return typeof seconds === 'number' ? { ...row, log_ts: clockText(seconds) } : row;
};

const clockText = (seconds: number): string => {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? String(seconds) : at.toISOString().replace('.000Z', 'Z');
};

/** RFC 4180, with a text that a spreadsheet would run put in quotes behind an apostrophe. */
function csvCell(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const safe = typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const BARS = '▁▂▃▄▅▆▇█';
const SPARK_WIDTH_MAX = 100;

/** One line for each numeric column, from the first bucket to the last; buckets without rows are empty. */
export function sparklines(rows: readonly JsonObject[], columns: readonly string[]): string {
  const times = rows.map((row) => Number(row['log_ts'])).filter(Number.isFinite);
  const from = Math.min(...times);
  const to = Math.max(...times);
  const step = smallestStep(times);
  const width = Math.min(SPARK_WIDTH_MAX, Math.round((to - from) / step) + 1);
  const numeric = columns.filter((name) => name !== 'log_ts' && rows.some((row) => typeof row[name] === 'number'));
  const lines = numeric.map((name) => {
    const sums = new Array<number>(width).fill(0);
    for (const row of rows) {
      const value = row[name];
      if (typeof value !== 'number') continue;
      const place = to === from ? 0 : Math.floor(((Number(row['log_ts']) - from) / (to - from + step)) * width);
      sums[place] = (sums[place] ?? 0) + value;
    }
    const most = Math.max(...sums);
    const bars = sums.map((sum) =>
      sum <= 0 || most <= 0 ? ' ' : (BARS[Math.ceil((sum / most) * BARS.length) - 1] ?? ' '),
    );
    return `${printable(name)}  ${bars.join('')}  at most ${Number(most.toPrecision(6))}`;
  });
  return `${lines.join('\n')}\n${clockText(from)} to ${clockText(to)}\n`;
}

function smallestStep(times: readonly number[]): number {
  const sorted = [...new Set(times)].sort((a, b) => a - b);
  let least = Number.POSITIVE_INFINITY;
  for (let index = 1; index < sorted.length; index++) {
    least = Math.min(least, (sorted[index] ?? 0) - (sorted[index - 1] ?? 0));
  }
  return Number.isFinite(least) && least > 0 ? least : 1;
}
