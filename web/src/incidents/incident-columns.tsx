import type { ReactNode } from 'react';
import { RiskBadge, StatusBadge } from '../parts/badges.tsx';
import { HostileText, visibleText } from '../parts/hostile-text.tsx';
import { SlaClock } from '../parts/sla-clock.tsx';
import { localTime, RelativeTime } from '../parts/times.tsx';
import type { ColumnId } from './column-ids.ts';
import type { IncidentRow } from './incident-row.ts';

type Column = {
  readonly title: string;
  /** As `grid-template-columns` takes it. */
  readonly width: string;
  readonly className?: string;
  readonly draw: (row: IncidentRow, nameOf: (userId: string) => string) => ReactNode;
};

const DISPOSITION_WORDS: Readonly<Record<string, string>> = {
  true_positive: 'true positive',
  false_positive: 'false positive',
  benign: 'benign',
};

function entitiesOf({ entities }: IncidentRow): ReactNode {
  const [first] = entities;
  if (first === undefined) return null;
  return (
    <span title={entities.map(({ kind, value }) => `${kind} ${visibleText(value)}`).join('\n')}>
      <HostileText text={first.value} />
      {entities.length > 1 && <small> +{entities.length - 1}</small>}
    </span>
  );
}

/** The name's cell is drawn by the table: it opens the incident. */
export const COLUMNS: Readonly<Record<Exclude<ColumnId, 'name'>, Column>> = {
  risk: { title: 'Risk', width: '76px', draw: ({ risk }) => <RiskBadge risk={risk} /> },
  number: { title: 'Number', width: '68px', className: 'number', draw: ({ number }) => number },
  entities: {
    title: 'Entities',
    width: 'minmax(88px, 1fr)',
    className: 'data',
    draw: entitiesOf,
  },
  technique: {
    title: 'Technique',
    width: '92px',
    className: 'data',
    draw: ({ attackIds }) => (
      <span title={attackIds.join(' ')}>
        {attackIds[0] ?? ''}
        {attackIds.length > 1 && <small> +{attackIds.length - 1}</small>}
      </span>
    ),
  },
  status: {
    title: 'Status',
    width: '92px',
    draw: ({ status, mergedInto }) =>
      mergedInto === null ? <StatusBadge status={status} /> : <span className="status closed">↳ merged</span>,
  },
  assignee: {
    title: 'Owner',
    width: 'minmax(64px, 96px)',
    draw: ({ assignedTo }, nameOf) => (
      <span title={visibleText(nameOf(assignedTo))}>
        <HostileText text={nameOf(assignedTo)} />
      </span>
    ),
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
    draw: ({ logSources }) => <HostileText text={logSources.join(', ')} />,
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
