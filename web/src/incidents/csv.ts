import { call } from '../api/call.ts';
import { rowsOf } from '../api/read-json.ts';
import { type IncidentRow, incidentRowOf } from './incident-row.ts';

const PAGE_ROWS = 1_000;
/** Rows of one file: beyond what a spreadsheet opens, a program should ask the API. */
export const CSV_ROWS_MAX = 100_000;

const HEAD = [
  'number',
  'id',
  'name',
  'status',
  'risk',
  'type',
  'detected',
  'assignee',
  'techniques',
  'hits',
  'comments',
  'disposition',
];

/** A cell that no spreadsheet takes for a formula. */
const cell = (value: string | number): string => {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

const lineOf = (row: IncidentRow, nameOf: (userId: string) => string): string =>
  [
    row.number,
    row.id,
    row.name,
    row.status,
    row.risk,
    row.type,
    new Date(row.detectedAtMs).toISOString(),
    nameOf(row.assignedTo),
    row.attackIds.join(' '),
    row.hits,
    row.comments,
    row.disposition ?? '',
  ]
    .map(cell)
    .join(',');

export type CsvFile = { readonly blob: Blob; readonly rows: number; readonly isCut: boolean };

/** Rows as CSV (RFC 4180), times in ISO 8601. */
export function csvOfRows(rows: readonly IncidentRow[], nameOf: (userId: string) => string): CsvFile {
  const lines = [HEAD.map(cell).join(','), ...rows.map((row) => lineOf(row, nameOf))];
  return { blob: new Blob([lines.join('\r\n')], { type: 'text/csv' }), rows: rows.length, isCut: false };
}

/** All incidents of a list, page by page; `pathOf` gives the path of a page. @throws ApiError */
export async function csvOfList(
  pathOf: (more: Readonly<Record<string, string>>) => string,
  nameOf: (userId: string) => string,
): Promise<CsvFile> {
  const parts: string[] = [HEAD.map(cell).join(',')];
  let rows = 0;
  for (let cursor: string | null = ''; cursor !== null && rows < CSV_ROWS_MAX; ) {
    const answer = await call(pathOf({ limit: String(PAGE_ROWS), ...(cursor === '' ? {} : { cursor }) }));
    const page = rowsOf(answer.value).map(incidentRowOf);
    parts.push(...page.map((row) => `\r\n${lineOf(row, nameOf)}`));
    rows += page.length;
    cursor = answer.headers.get('x-next-cursor');
    if (cursor === null) return { blob: new Blob(parts, { type: 'text/csv' }), rows, isCut: false };
  }
  return { blob: new Blob(parts, { type: 'text/csv' }), rows, isCut: true };
}

/** Gives the file to the browser to keep. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
