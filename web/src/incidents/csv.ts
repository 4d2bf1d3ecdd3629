import type { IncidentRow } from './incident-row.ts';

/** A cell that no spreadsheet takes for a formula. */
const cell = (value: string | number): string => {
  const text = String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

/** The rows as CSV (RFC 4180), times in ISO 8601. */
export function incidentsCsv(rows: readonly IncidentRow[], nameOf: (userId: string) => string): string {
  const head = [
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
  ];
  const lines = rows.map((row) => [
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
  ]);
  return [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n');
}
