import type { ReactNode } from 'react';
import { visibleText } from '../parts/hostile-text.tsx';
import { SlaClock } from '../parts/sla-clock.tsx';
import { localTime, RelativeTime } from '../parts/times.tsx';
import type { ColumnId } from './column-ids.ts';
import type { IncidentRow } from './incident-row.ts';

export type Column = {
  readonly title: string;
  /** As `grid-template-columns` takes it. */
  readonly width: string;
  readonly className?: string;
  /** What the cell is told apart by, beside `className`: glyphs and colours are of the style sheet. */
  readonly kindOf?: (row: IncidentRow) => string;
  /** What the cell says when one points at it. */
  readonly tellOf?: (row: IncidentRow, nameOf: (userId: string) => string) => string;
  /** Text where it can be: every element of a cell is made anew for each row that scrolls in. */
  readonly draw: (row: IncidentRow, nameOf: (userId: string) => string) => ReactNode;
};

/** Characters of a text that a cell draws; the whole is told when one points at it. */
const CELL_CHARS_MAX = 400;
/** Characters that pointing at a cell tells. */
const TOLD_CHARS_MAX = 4_000;

export const cellText = (text: string): string => visibleText(text.slice(0, CELL_CHARS_MAX));
export const toldText = (text: string): string => visibleText(text.slice(0, TOLD_CHARS_MAX));

const DISPOSITION_WORDS: Readonly<Record<string, string>> = {
  true_positive: 'true positive',
  false_positive: 'false positive',
  benign: 'benign',
};

const more = (count: number): ReactNode => (count > 1 ? <small> +{count - 1}</small> : null);

/** The name's cell is drawn by the table: it opens the incident. */
export const COLUMNS: Readonly<Record<Exclude<ColumnId, 'name'>, Column>> = {
  risk: { title: 'Risk', width: '76px', kindOf: ({ risk }) => `risk ${risk}`, draw: ({ risk }) => risk },
  number: { title: 'Number', width: '68px', className: 'number', draw: ({ number }) => number },
  entities: {
    title: 'Entities',
    width: 'minmax(104px, 1fr)',
    className: 'data',
    tellOf: ({ entities }) => entities.map(({ kind, value }) => `${kind} ${toldText(value)}`).join('\n'),
    draw: ({ entities }) => (
      <>
        <bdi>{cellText(entities[0]?.value ?? '')}</bdi>
        {more(entities.length)}
      </>
    ),
  },
  technique: {
    title: 'Technique',
    width: '92px',
    className: 'data',
    tellOf: ({ attackIds }) => attackIds.join(' '),
    draw: ({ attackIds }) => (
      <>
        {attackIds[0] ?? ''}
        {more(attackIds.length)}
      </>
    ),
  },
  status: {
    title: 'Status',
    width: '92px',
    kindOf: ({ status, mergedInto }) => `status ${mergedInto === null ? status : 'merged'}`,
    draw: ({ status, mergedInto }) => (mergedInto === null ? status : 'merged'),
  },
  assignee: {
    title: 'Owner',
    width: 'minmax(64px, 88px)',
    tellOf: ({ assignedTo }, nameOf) => toldText(nameOf(assignedTo)),
    draw: ({ assignedTo }, nameOf) => cellText(nameOf(assignedTo)),
  },
  sla: {
    title: 'SLA',
    width: '64px',
    className: 'sla',
    draw: ({ sla, status }) => <SlaClock sla={sla} isOver={status !== 'unresolved'} />,
  },
  hits: { title: 'Hits', width: '64px', className: 'num', draw: ({ hits }) => hits.toLocaleString('en') },
  comments: { title: 'Comments', width: '80px', className: 'num', draw: ({ comments }) => comments || '' },
  disposition: {
    title: 'Disposition',
    width: '100px',
    draw: ({ disposition }) => DISPOSITION_WORDS[disposition ?? ''] ?? '',
  },
  type: { title: 'Type', width: '64px', draw: ({ type }) => type },
  source: {
    title: 'Log source',
    width: 'minmax(80px, 140px)',
    tellOf: ({ logSources }) => toldText(logSources.join(', ')),
    draw: ({ logSources }) => cellText(logSources.join(', ')),
  },
  updated: { title: 'Changed', width: '64px', className: 'time', draw: (row) => <RelativeTime ms={row.updatedAtMs} /> },
  detected: { title: 'Detected', width: '148px', className: 'time', draw: (row) => localTime(row.detectedAtMs) },
  age: { title: 'Age', width: '36px', className: 'time', draw: (row) => <RelativeTime ms={row.detectedAtMs} /> },
};

export const NAME_COLUMN = { title: 'Name', width: 'minmax(120px, 3fr)' };

export const titleOfColumn = (id: ColumnId): string => (id === 'name' ? NAME_COLUMN.title : COLUMNS[id].title);

/** `grid-template-columns` of a row: the box to tick, then the columns. */
export const gridOf = (columns: readonly ColumnId[]): string =>
  ['20px', ...columns.map((id) => (id === 'name' ? NAME_COLUMN.width : COLUMNS[id].width))].join(' ');
