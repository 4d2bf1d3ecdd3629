/** Columns that the list can show. */
export const COLUMN_IDS = [
  'risk',
  'number',
  'name',
  'entities',
  'technique',
  'status',
  'assignee',
  'sla',
  'hits',
  'comments',
  'disposition',
  'type',
  'source',
  'updated',
  'detected',
  'age',
] as const;
export type ColumnId = (typeof COLUMN_IDS)[number];

export const SHOWN_AT_FIRST: readonly ColumnId[] = [
  'risk',
  'number',
  'name',
  'entities',
  'technique',
  'status',
  'assignee',
  'sla',
  'age',
];
/** What is left of the list while an incident is open beside it. */
export const SHOWN_BESIDE: readonly ColumnId[] = ['risk', 'number', 'name', 'age'];
/** What a narrow page has room for. */
export const SHOWN_NARROW: readonly ColumnId[] = ['risk', 'name', 'age'];
